//! Counts and times what the release tree costs: `bench <seed>` prints one JSON object.
//!
//! A site of n pages has an entry for each page and one for it in a list. A publish edits both.
//! Counts are of a caller that knows no node beforehand; times leave fetching out.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;
use std::io::Write;
use std::time::Instant;

use jiff::Timestamp;
use kernel::{ContentHash, Entropy, PageSlug, SeededEntropy};
use release::{
    Edited, Edits, Entry, EntryKind, Identifier, KeyRange, NewNode, NodeStore, Page, ReleaseError,
    Root, RouteKey, Settings, Step, ThemeReference, Tree,
};
use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn Error>>;

const SIZES: [u32; 3] = [10, 1_000, 100_000];
const ROUNDS: usize = 200;
const DIFF_SIZES: [usize; 3] = [1, 10, 100];
const LIST_PAGE_ENTRIES: usize = 50;
const DEFAULT_SEED: u64 = 1;

fn main() -> Outcome<()> {
    let seed = match std::env::args().nth(1) {
        Some(text) => text.parse()?,
        None => DEFAULT_SEED,
    };
    let sizes = SIZES.map(|pages| bench_site(pages, seed));
    let sizes = sizes.into_iter().collect::<Outcome<Vec<_>>>()?;
    let report = json!({
        "bench": "release",
        "seed": seed,
        "roundsPerFigure": ROUNDS,
        "listPageEntries": LIST_PAGE_ENTRIES,
        "sites": sizes,
    });
    writeln!(std::io::stdout(), "{report:#}")?;
    Ok(())
}

fn bench_site(pages: u32, seed: u64) -> Outcome<Value> {
    let (site, built) = timed(|| Site::build(pages, seed));
    let mut site = site?;
    let entries = 2 * u64::from(pages);
    Ok(json!({
        "pages": pages,
        "entries": entries,
        "levels": site.root.levels(),
        "nodes": site.nodes.len(),
        "nodeBytes": site.nodes.values().map(Vec::len).sum::<usize>(),
        "treeBytes": tree_bytes(&site.root)?,
        "buildMicroseconds": built / 1_000,
        "publishChangedPage": site.bench_publish(false)?,
        "publishNewPage": site.bench_publish(true)?,
        "lookup": site.bench_lookup()?,
        "listPage": site.bench_list()?,
        "diff": DIFF_SIZES
            .iter()
            .map(|changes| site.bench_diff(*changes))
            .collect::<Outcome<Vec<_>>>()?,
    }))
}

/// A site with all its nodes, and dice.
struct Site {
    pages: u32,
    root: Root,
    nodes: BTreeMap<ContentHash, Vec<u8>>,
    dice: SeededEntropy,
}

/// What one operation cost.
struct Cost<T> {
    result: T,
    reads: usize,
    rounds: usize,
    nanoseconds: u64,
}

impl Site {
    fn build(pages: u32, seed: u64) -> Outcome<Self> {
        let mut site = Self {
            pages,
            root: Root::empty(),
            nodes: BTreeMap::new(),
            dice: SeededEntropy::new(seed),
        };
        let mut edits = Edits::new();
        for number in 0..pages {
            edits.extend(page_edits(number, 0)?);
        }
        let edited = site.apply(&edits)?.result;
        site.root = edited.root;
        site.nodes = named(edited.nodes);
        Ok(site)
    }

    fn any_page(&self) -> u32 {
        let mut bytes = [0; 4];
        self.dice.fill(&mut bytes);
        u32::from_be_bytes(bytes) % self.pages
    }

    /// Runs an operation cold, then once more warm against the clock.
    fn run<T>(
        &self,
        step: impl Fn(&NodeStore) -> Result<Step<T>, ReleaseError>,
    ) -> Outcome<Cost<T>> {
        let (reads, rounds) = (Cell::new(0), Cell::new(0));
        let mut store = NodeStore::new();
        let fetch = |hashes: &[ContentHash]| {
            reads.set(reads.get() + hashes.len());
            rounds.set(rounds.get() + 1);
            Ok::<_, Infallible>(
                hashes
                    .iter()
                    .filter_map(|hash| self.nodes.get(hash).cloned())
                    .collect(),
            )
        };
        let result = release::drive(&mut store, fetch, &step)?;
        let (again, nanoseconds) = timed(|| step(&store));
        std::hint::black_box(again?);
        Ok(Cost {
            result,
            reads: reads.get(),
            rounds: rounds.get(),
            nanoseconds,
        })
    }

    fn apply(&self, edits: &Edits) -> Outcome<Cost<Edited>> {
        self.run(|store| release::apply(store, &self.root, edits))
    }

    /// Publishes single pages, each onto the same site.
    fn bench_publish(&self, is_new: bool) -> Outcome<Value> {
        let mut figures = Figures::default();
        for round in 1..=ROUNDS as u64 {
            let number = self.any_page() + if is_new { self.pages } else { 0 };
            let cost = self.apply(&Edits::from(page_edits(number, round)?))?;
            let node_bytes: usize = cost.result.nodes.iter().map(|node| node.bytes.len()).sum();
            figures.add("nodesWritten", cost.result.nodes.len());
            figures.add("nodeBytesWritten", node_bytes);
            figures.add(
                "bytesWrittenWithTree",
                node_bytes + tree_bytes(&cost.result.root)?,
            );
            figures.add_cost(&cost);
        }
        Ok(figures.report())
    }

    fn bench_lookup(&self) -> Outcome<Value> {
        let mut figures = Figures::default();
        for _ in 0..ROUNDS {
            let [(key, _), _] = page_edits(self.any_page(), 0)?;
            let cost = self.run(|store| release::lookup(store, &self.root, &key))?;
            cost.result.ok_or("a page is not found")?;
            figures.add_cost(&cost);
        }
        Ok(figures.report())
    }

    fn bench_list(&self) -> Outcome<Value> {
        let mut figures = Figures::default();
        for _ in 0..ROUNDS {
            let [_, (key, _)] = page_edits(self.any_page(), 0)?;
            let keys = KeyRange::list(&"articles".parse()?).after(&key);
            let cost: Cost<Page<_>> =
                self.run(|store| release::range(store, &self.root, &keys, LIST_PAGE_ENTRIES))?;
            figures.add_cost(&cost);
        }
        Ok(figures.report())
    }

    fn bench_diff(&mut self, changes: usize) -> Outcome<Value> {
        let mut figures = Figures::default();
        for round in 0..20 {
            let mut edits = Edits::new();
            while edits.len() < changes.min(self.pages as usize) {
                let [page, _] = page_edits(self.any_page(), 1_000 + round)?;
                edits.extend([page]);
            }
            let edited = self.apply(&edits)?.result;
            self.nodes.extend(named(edited.nodes));
            let cost =
                self.run(|store| release::diff(store, &self.root, &edited.root, None, usize::MAX))?;
            figures.add("changes", cost.result.items.len());
            figures.add_cost(&cost);
        }
        Ok(figures.report())
    }
}

/// Edits that publish version `version` of page `number`. Its names hang on nothing but its number.
fn page_edits(number: u32, version: u64) -> Outcome<[(RouteKey, Option<Entry>); 2]> {
    let digest = ContentHash::of(&number.to_be_bytes()).to_string();
    let (word, id) = (
        digest.get(..6).unwrap_or_default(),
        digest.get(..36).unwrap_or_default(),
    );
    let slug = PageSlug::parse(&format!("articles/{word}-an-article-of-this-site-{number}"))?;
    let list: Identifier = "articles".parse()?;
    let at = Timestamp::from_second(1_700_000_000 + i64::from(number) * 600)?;
    let object = ContentHash::of_parts(&[&number.to_be_bytes(), &version.to_be_bytes()]);
    let entry = |kind| Some(Entry { kind, object });
    Ok([
        (RouteKey::page(&slug), entry(EntryKind::Page)),
        (
            RouteKey::list_item(&list, at, &id.parse()?),
            entry(EntryKind::ListItem),
        ),
    ])
}

/// Samples by name.
#[derive(Default)]
struct Figures {
    samples: BTreeMap<&'static str, Vec<u64>>,
    nanoseconds: Vec<u64>,
}

impl Figures {
    fn add(&mut self, name: &'static str, sample: usize) {
        self.samples.entry(name).or_default().push(sample as u64);
    }

    fn add_cost<T>(&mut self, cost: &Cost<T>) {
        self.add("nodesRead", cost.reads);
        self.add("roundTrips", cost.rounds);
        self.nanoseconds.push(cost.nanoseconds);
    }

    /// Times are told by their median, counts by mean and maximum.
    fn report(mut self) -> Value {
        let figures = self.samples.iter().map(|(name, samples)| {
            let mean = ratio(samples.iter().sum::<u64>(), (samples.len() as u64).max(1));
            let figure = json!({"mean": mean, "max": samples.iter().max()});
            ((*name).to_owned(), figure)
        });
        let mut report: serde_json::Map<String, Value> = figures.collect();
        self.nanoseconds.sort_unstable();
        let median = self.nanoseconds.get(self.nanoseconds.len() / 2);
        let median = median.and_then(|median| ratio(*median, 1_000));
        report.insert("microsecondsMedian".to_owned(), json!(median));
        Value::Object(report)
    }
}

/// Divides, to two decimals.
fn ratio(dividend: u64, divisor: u64) -> Option<f64> {
    let hundredths = dividend * 100 / divisor;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
        .parse()
        .ok()
}

fn named(nodes: Vec<NewNode>) -> BTreeMap<ContentHash, Vec<u8>> {
    nodes
        .into_iter()
        .map(|node| (node.hash, node.bytes))
        .collect()
}

/// The size of a tree with this map and little else.
fn tree_bytes(root: &Root) -> Outcome<usize> {
    let tree = Tree {
        theme: ThemeReference {
            package: ContentHash::of(b"theme"),
            id: "folio".parse()?,
            settings: Settings::empty(),
        },
        plugins: <_>::default(),
        config: Settings::empty(),
        routes: root.clone(),
    };
    Ok(tree.encode().len())
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let started = Instant::now();
    let value = work();
    let nanoseconds = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
    (value, nanoseconds)
}
