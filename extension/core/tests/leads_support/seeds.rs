//! Figures of many splits.

use steward_core::leads::model::definition::Definition;
use steward_core::leads::model::fit::fit;
use steward_core::leads::model::interrupt::Interrupt;
use steward_core::leads::model::reliability::Figures;
use steward_core::leads::model::rows::Rows;
use steward_core::leads::model::split::HoldOut;
use steward_core::leads::model::train::evaluate;

/// Figures on the leads that each seed holds out, in the order of the seeds; every processor works on some of them.
pub fn figures(rows: &Rows, seeds: u64, of_seed: impl Fn(u64) -> Definition + Sync) -> Vec<Figures> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let work = |thread: u64| {
        let own = (1..=seeds).filter(|seed| seed % threads == thread);
        own.map(|seed| (seed, held_out(rows, &of_seed(seed), seed))).collect::<Vec<_>>()
    };
    let work = &work;
    let mut all: Vec<(u64, Figures)> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..threads).map(|thread| scope.spawn(move || work(thread))).collect();
        started.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    all.sort_by_key(|(seed, _)| *seed);
    all.into_iter().map(|(_, figures)| figures).collect()
}

fn held_out(rows: &Rows, definition: &Definition, seed: u64) -> Figures {
    let hold_out = HoldOut::of(&definition.split, rows.leads()).unwrap();
    let (held, chosen): (Vec<u32>, Vec<u32>) = super::all(rows).into_iter().partition(|row| hold_out.holds(&rows.leads()[*row as usize]));
    let model = fit(definition, rows, &chosen, hold_out, seed, Interrupt::NEVER).unwrap();
    assert!(model.converged, "seed {seed}: {} rounds", model.rounds);
    evaluate(&model, rows, &held, Interrupt::NEVER)
}

/// Prints the figures of all seeds, and returns the means of AUC, lift of the best tenth, and calibration error.
pub fn print(title: &str, all: &[Figures]) -> [f64; 3] {
    println!("{title}\nseed  AUC (95 %)                 lift  ECE     Brier   log loss  captured by one, two, three tenths");
    let mut means = [0.0; 3];
    for (seed, of) in (1..).zip(all) {
        let (auc, reliability, lift) = (of.auc.unwrap(), of.reliability.unwrap(), of.top_lift().unwrap());
        let ranked = format!("{:.4} ({:.4} to {:.4})  {lift:.2}", auc.value, auc.low, auc.high);
        let matched = format!("{:.4}  {:.4}  {:.4}", reliability.ece, reliability.brier, reliability.log_loss);
        let captured: Vec<String> = of.deciles[..3].iter().map(|decile| format!("{:.3}", decile.captured)).collect();
        println!("{seed:>4}  {ranked}  {matched}    {}  of {} wins, {} leads", captured.join(" "), of.wins, of.leads);
        means.iter_mut().zip([auc.value, lift, reliability.ece]).for_each(|(mean, of)| *mean += of / all.len() as f64);
    }
    println!("mean  AUC {:.4}, lift of the best tenth {:.2}, ECE {:.4}\n", means[0], means[1], means[2]);
    means
}
