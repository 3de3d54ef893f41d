//! What holds of every model, whatever its leads hold.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod leads_support;

use leads_support::all;
use leads_support::hostile::{definitions, lead, rows, value};
use proptest::prelude::*;
use steward_core::leads::model::cell::Cell;
use steward_core::leads::model::fit::fit;
use steward_core::leads::model::fitted::Model;
use steward_core::leads::model::interrupt::Interrupt;
use steward_core::leads::model::matrix::Encoder;
use steward_core::leads::model::ranking::Auc;
use steward_core::leads::model::reliability::Figures;
use steward_core::leads::model::split::HoldOut;

const NO_HOLD_OUT: HoldOut = HoldOut::Time { after: i64::MAX };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_likelihood_is_a_probability_and_its_parts_are_its_log_odds(rows in rows(), others in prop::collection::vec(lead(), 8)) {
        for definition in definitions() {
            let model = fit(&definition, &rows, &all(&rows), NO_HOLD_OUT, 1, Interrupt::NEVER).unwrap();
            let of_rows = all(&rows).into_iter().map(|row| model.score_row(&rows, row));
            for of in others.iter().map(|values| model.score(values)).chain(of_rows) {
                prop_assert!(of.probability > 0.0 && of.probability < 1.0, "{of:?}");
                prop_assert!(of.parts.len() == model.features.len() && of.parts.iter().all(|part| part.is_finite()));
                prop_assert!((of.base + of.parts.iter().sum::<f64>() - of.log_odds).abs() < 1e-9, "{of:?}");
            }
        }
    }

    #[test]
    fn the_parts_of_the_training_leads_are_zero_on_average(rows in rows()) {
        for definition in definitions().iter().filter(|definition| definition.team.is_none()) {
            let model = fit(definition, &rows, &all(&rows), NO_HOLD_OUT, 1, Interrupt::NEVER).unwrap();
            let mut sums = vec![0.0; model.features.len()];
            for row in all(&rows) {
                sums.iter_mut().zip(model.score_row(&rows, row).parts).for_each(|(sum, part)| *sum += part);
            }
            prop_assert!(sums.iter().all(|sum| sum.abs() < 1e-7), "{sums:?}");
        }
    }

    #[test]
    fn a_stored_model_says_the_same(rows in rows(), others in prop::collection::vec(lead(), 8)) {
        for definition in definitions() {
            let model = fit(&definition, &rows, &all(&rows), NO_HOLD_OUT, 1, Interrupt::NEVER).unwrap();
            let stored = Model::parse(&model.to_json()).unwrap();
            prop_assert_eq!(&stored, &model);
            prop_assert_eq!(stored.fields(), definition.fields());
            for values in &others {
                prop_assert_eq!(stored.score(values), model.score(values));
                prop_assert_eq!(stored.labels(values).len(), stored.features.len());
            }
        }
    }

    #[test]
    fn a_value_is_encoded_in_rising_columns_with_finite_weights(rows in rows(), values in lead()) {
        for definition in definitions() {
            let encoder = Encoder::fit(&definition, &rows, &all(&rows), Interrupt::NEVER);
            let encoded = encoder.encode(&values);
            prop_assert!(encoded.is_sorted_by(|one, next| one.0 < next.0) && encoded.len() >= encoder.encodings.len());
            prop_assert!(encoded.iter().all(|(column, weight)| *column < encoder.width() && weight.is_finite()));
        }
    }

    #[test]
    fn what_is_read_of_a_value_is_read_again_the_same(value in value()) {
        prop_assert_eq!(Cell::of(&value), Cell::of(&value.clone()).into_owned());
    }

    #[test]
    fn figures_of_any_scores_are_finite(leads in prop::collection::vec((any::<f64>(), any::<bool>()), 0..60)) {
        let (scores, won): (Vec<f64>, Vec<bool>) = leads.into_iter().unzip();
        let figures = Figures::of_scores(&scores, &won);
        let wins: f64 = figures.deciles.iter().map(|decile| decile.wins).sum();
        prop_assert!((wins - f64::from(figures.wins)).abs() < 1e-9);
        prop_assert_eq!(figures.auc.is_some(), figures.wins > 0 && figures.wins < figures.leads);
        prop_assert!(figures.auc.is_none_or(|auc| 0.0 <= auc.low && auc.low <= auc.value && auc.value <= auc.high && auc.high <= 1.0));
    }

    #[test]
    fn the_opposite_ranking_has_the_opposite_auc(leads in prop::collection::vec((-3..3_i8, any::<bool>()), 2..60)) {
        let (scores, won): (Vec<f64>, Vec<bool>) = leads.into_iter().map(|(score, won)| (f64::from(score), won)).unzip();
        let opposite: Vec<f64> = scores.iter().map(|score| -score).collect();
        if let (Some(one), Some(other)) = (Auc::of(&scores, &won), Auc::of(&opposite, &won)) {
            prop_assert!((one.value + other.value - 1.0).abs() < 1e-12 && (one.high + other.low - 1.0).abs() < 1e-9, "{one:?} {other:?}");
        }
    }
}
