//! What was measured, path by path, as figures. It must never know how a path is walked.

use serde_json::{Map, Value, json};

use crate::sample::{Sample, Samples};

/// What was measured, path by path.
#[derive(Debug, Default)]
pub struct Measured(Vec<Path>);

#[derive(Debug)]
struct Path {
    name: &'static str,
    request: Samples,
    aftermath: Samples,
}

impl Path {
    fn is_visit(&self) -> bool {
        let delivery = |sample: &Sample| sample.shares.keys().all(|name| *name == "delivery");
        self.request.0.iter().all(delivery)
    }
}

impl Measured {
    /// Returns what the requests of a path took themselves.
    pub fn requests(&self, name: &str) -> Option<&Samples> {
        self.path(name).map(|path| &path.request)
    }

    /// Returns what the requests of a path set in motion.
    pub fn aftermath(&self, name: &str) -> Option<&Samples> {
        self.path(name).map(|path| &path.aftermath)
    }

    /// Returns the names of the paths, in the order in which they were walked first.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|path| path.name).collect()
    }

    /// Returns the figures of all paths: those of visitors, those that read, and those that set
    /// something in motion.
    pub fn figures(&self) -> Value {
        let (mut visits, mut reads, mut writes) = (Vec::new(), Vec::new(), Vec::new());
        for path in &self.0 {
            let mut figures = Map::from_iter([("path".to_owned(), json!(path.name))]);
            if let Value::Object(request) = path.request.figures() {
                figures.extend(request);
            }
            if !path.aftermath.0.is_empty() {
                figures.insert("aftermath".to_owned(), path.aftermath.figures());
                writes.push(Value::Object(figures));
            } else if path.is_visit() {
                visits.push(Value::Object(figures));
            } else {
                reads.push(Value::Object(figures));
            }
        }
        json!({ "visits": visits, "reads": reads, "writes": writes })
    }

    fn path(&self, name: &str) -> Option<&Path> {
        self.0.iter().find(|path| path.name == name)
    }

    /// Adds what one request took, and what it set in motion.
    pub(crate) fn add(&mut self, name: &'static str, request: Sample, aftermath: Option<Sample>) {
        if self.path(name).is_none() {
            self.0.push(Path {
                name,
                request: Samples::default(),
                aftermath: Samples::default(),
            });
        }
        if let Some(path) = self.0.iter_mut().find(|path| path.name == name) {
            path.request.0.push(request);
            path.aftermath.0.extend(aftermath);
        }
    }
}
