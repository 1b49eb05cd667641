//! Prints how long it takes to find the opportunities among 100,000 contracts of 32 councils, by each basis.
#![expect(clippy::print_stdout, reason = "it prints its measurements")]
use std::time::Instant;

use chrono::{DateTime, Days, NaiveDate};
use soundings_portfolio_domain::procurement::{Basis, Contract, Cpv, Key, Search, Status, opportunities};

const CONTRACTS: u64 = 100_000;
const RUNS: usize = 11;

/// Numbers that look like chance and are the same every time.
fn mixed(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

fn contract(n: u64) -> Contract {
    let chance = mixed(n);
    let end = NaiveDate::default() + Days::new(20_000 + chance % 4_000);
    let supplier = format!("S{}", chance / 7 % 2_000);
    Contract {
        key: Key {
            ocid: format!("o{n}"),
            award: String::new(),
            contract: "c".into(),
            supplier: supplier.clone(),
        },
        organisation: format!("O{:02}", chance / 3 % 32),
        title: String::new(),
        supplier_name: supplier.clone(),
        supplier_id: supplier,
        cpv: Some(Cpv {
            code: format!("{:08}", 30_000_000 + chance / 11 % 500 * 10_000),
            title: String::new(),
        }),
        product: format!("Product {}", chance / 13 % 3_000),
        annual_value_pence: (!chance.is_multiple_of(5)).then_some((chance % 100_000_000) as i64),
        start: None,
        end: Some(end),
        max_extent: chance.is_multiple_of(3).then_some(end + Days::new(730)),
        estimated: false,
        status: Status::Active,
        released: DateTime::UNIX_EPOCH,
    }
}

fn main() {
    let contracts: Vec<Contract> = (0..CONTRACTS).map(contract).collect();
    for basis in [Basis::Product, Basis::Supplier, Basis::Category(5)] {
        let mut times = Vec::with_capacity(RUNS);
        let mut found = 0;
        for _ in 0..RUNS {
            let start = Instant::now();
            found = opportunities(&contracts, &Search::by(basis)).len();
            times.push(start.elapsed());
        }
        times.sort_unstable();
        println!(
            "{CONTRACTS} contracts, {basis:?}: {found} opportunities in {:?} (median of {RUNS})",
            times[RUNS / 2]
        );
    }
}
