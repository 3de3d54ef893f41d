use super::*;

fn auc(scores: &[f64], won: &[bool]) -> [f64; 3] {
    let Some(auc) = Auc::of(scores, won) else { unreachable!("there are won and lost leads") };
    [auc.value, auc.low, auc.high]
}

/// Scores from 0 to 9, of which higher ones are won more often.
fn mixed(leads: u32) -> (Vec<f64>, Vec<bool>) {
    (0..leads).map(|n| (f64::from(n * 7 % 10), n * 13 % 17 < n * 7 % 10)).unzip()
}

/// The definition, pair by pair.
fn by_pairs(scores: &[f64], won: &[bool]) -> [f64; 3] {
    let side = |which: bool| -> Vec<f64> { scores.iter().zip(won).filter(|(_, won)| **won == which).map(|(score, _)| *score).collect() };
    let (won, lost) = (side(true), side(false));
    let beats = |won: f64, lost: f64| {
        if won > lost {
            1.0
        } else if won == lost {
            0.5
        } else {
            0.0
        }
    };
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    let of_won: Vec<f64> = won.iter().map(|won| mean(&lost.iter().map(|lost| beats(*won, *lost)).collect::<Vec<_>>())).collect();
    let of_lost: Vec<f64> = lost.iter().map(|lost| mean(&won.iter().map(|won| beats(*won, *lost)).collect::<Vec<_>>())).collect();
    let variance = |of: &[f64]| of.iter().map(|part| (part - mean(of)).powi(2)).sum::<f64>() / (of.len() - 1) as f64 / of.len() as f64;
    let reach = 1.959_963_984_540_054 * (variance(&of_won) + variance(&of_lost)).sqrt();
    [mean(&of_won), mean(&of_won) - reach, mean(&of_won) + reach]
}

#[test]
fn the_interval_is_the_one_of_all_pairs() {
    for leads in [20, 57, 300] {
        let (scores, won) = mixed(leads);
        let (fast, slow) = (auc(&scores, &won), by_pairs(&scores, &won));
        assert!(fast.iter().zip(&slow).all(|(fast, slow)| (fast - slow.clamp(0.0, 1.0)).abs() < 1e-12), "{fast:?} {slow:?}");
    }
}

#[test]
fn scores_that_all_tie_are_chance_and_perfect_ones_are_not() {
    let won = [true, false, true, false, false];
    assert_eq!(auc(&[3.0; 5], &won), [0.5; 3]);
    assert_eq!(auc(&[9.0, 1.0, 8.0, 2.0, f64::NAN], &won), [1.0; 3]);
    assert!(Auc::of(&[3.0; 5], &won).is_some_and(|auc| auc.may_be_chance()));
    assert!(Auc::of(&[9.0, 1.0, 8.0, 2.0, f64::NAN], &won).is_some_and(|auc| !auc.may_be_chance()));
    assert_eq!((Auc::of(&[1.0], &[true]), Auc::of(&[], &[])), (None, None));
    assert_eq!(auc(&[1.0, 2.0, 3.0], &[false, true, false]), [0.5, 0.0, 1.0]);
}

#[test]
fn deciles_hold_a_tenth_of_the_leads_and_all_that_were_won() {
    let (scores, won) = mixed(1234);
    let deciles = deciles(&groups(&scores, &won));
    assert_eq!(deciles.len(), 10);
    assert!(deciles.iter().all(|decile| (decile.leads - 123.4).abs() < 1e-9));
    let wins: f64 = deciles.iter().map(|decile| decile.wins).sum();
    assert!((wins - won.iter().filter(|won| **won).count() as f64).abs() < 1e-9);
    assert!(deciles.is_sorted_by(|one, next| one.lift >= next.lift && one.captured <= next.captured && one.score >= next.score));
    assert!((deciles[9].captured - 1.0).abs() < 1e-12);
}

#[test]
fn leads_of_one_score_share_their_wins() {
    let won: Vec<bool> = (0..100).map(|n| n < 20).collect();
    for decile in deciles(&groups(&[1.0; 100], &won)) {
        assert!((decile.lift - 1.0).abs() < 1e-9 && (decile.wins - 2.0).abs() < 1e-9, "{decile:?}");
    }
    // The best 20 tie, and half of them were won: each of the first two deciles has five of ten.
    let scores: Vec<f64> = (0..100).map(|n| if n < 20 { 2.0 } else { 1.0 }).collect();
    let won: Vec<bool> = (0..100).map(|n| n < 20 && n % 2 == 0).collect();
    let lifts: Vec<f64> = deciles(&groups(&scores, &won)).iter().map(|decile| decile.lift).collect();
    assert_eq!(lifts[..3], [5.0, 5.0, 0.0]);
}
