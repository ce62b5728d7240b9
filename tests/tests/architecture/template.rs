//! Rules that hold the template, the functions' folders and their sample events together.

use std::collections::BTreeSet;

use crate::names::pascal;
use crate::tree;

/// As many events as a function may have before its policy outgrows what Lambda takes.
const EVENTS_MAX: usize = 20;

/// A resource of the template: its logical id and the lines below it, each with its indentation.
#[derive(Debug)]
struct Resource<'a> {
    id: &'a str,
    lines: Vec<(usize, &'a str)>,
}

/// Reads the resources of a template by indentation alone.
fn resources(text: &str) -> Vec<Resource<'_>> {
    let mut resources: Vec<Resource<'_>> = Vec::new();
    let mut is_inside = false;
    let mut own = None;
    for line in text.lines() {
        let content = line.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let indent = line.len() - content.len();
        if indent == 0 {
            is_inside = content.trim_end() == "Resources:";
            own = None;
        } else if is_inside {
            let own = *own.get_or_insert(indent);
            match content.trim_end().strip_suffix(':') {
                Some(id) if indent == own => resources.push(Resource {
                    id,
                    lines: Vec::new(),
                }),
                _ => {
                    if let Some(resource) = resources.last_mut() {
                        resource.lines.push((indent, content.trim_end()));
                    }
                }
            }
        }
    }
    resources
}

impl Resource<'_> {
    fn is_function(&self) -> bool {
        self.lines
            .iter()
            .any(|(_, line)| *line == "Type: AWS::Serverless::Function")
    }

    /// Returns the number of events: the keys right below `Events:`.
    fn events(&self) -> usize {
        let mut lines = self.lines.iter().skip_while(|(_, line)| *line != "Events:");
        let Some((outer, _)) = lines.next() else {
            return 0;
        };
        let inside: Vec<usize> = lines
            .map(|(indent, _)| *indent)
            .take_while(|indent| indent > outer)
            .collect();
        inside.first().map_or(0, |first| {
            inside.iter().filter(|indent| *indent == first).count()
        })
    }
}

#[test]
fn template_and_functions_are_the_same() {
    let text = tree::read("template.yaml");
    let in_template: BTreeSet<String> = resources(&text)
        .iter()
        .filter(|resource| resource.is_function())
        .map(|resource| resource.id.to_owned())
        .collect();
    let folders = tree::folders("functions");
    let expected: BTreeSet<String> = folders
        .iter()
        .map(|folder| pascal(folder) + "Function")
        .collect();
    assert_eq!(in_template, expected);
}

#[test]
fn no_function_has_too_many_events() {
    let text = tree::read("template.yaml");
    for resource in resources(&text)
        .iter()
        .filter(|resource| resource.is_function())
    {
        let count = resource.events();
        assert!(count <= EVENTS_MAX, "{} has {count} events", resource.id);
    }
}

#[test]
fn every_function_has_samples() {
    for function in tree::folders("functions") {
        let samples = tree::files(&format!("events/{function}"), &[".json"]);
        assert!(!samples.is_empty(), "events/{function} has no sample");
        for sample in samples {
            let text = sample.text.trim();
            let is_object = text.starts_with('{') && text.ends_with('}');
            assert!(is_object, "{} is not a JSON object", sample.path);
        }
    }
}

#[test]
fn samples_belong_to_a_function_or_the_bus() {
    let mut known = tree::folders("functions");
    known.push("bus".to_owned());
    let strange: Vec<String> = tree::folders("events")
        .into_iter()
        .filter(|folder| !known.contains(folder))
        .collect();
    assert_eq!(strange, [""; 0]);
}

#[cfg(test)]
mod tests {
    use super::resources;

    const TEMPLATE: &str = "Globals:\n  Function:\n    Timeout: 1\nResources:\n\
        \x20 EdgeFunction:\n    Type: AWS::Serverless::Function\n    Properties:\n      Events:\n\
        \x20       # One of them.\n        Queue:\n          Type: SQS\n        Tick:\n\
        \x20         Type: Schedule\n      Tags:\n        Room: edge\n\n\
        \x20 HostFunction:\n    Type: AWS::CloudFront::Function\nOutputs:\n  Url:\n    Value: x\n";

    #[test]
    fn a_template_is_read() {
        let resources = resources(TEMPLATE);
        let ids: Vec<&str> = resources.iter().map(|resource| resource.id).collect();
        assert_eq!(ids, ["EdgeFunction", "HostFunction"]);
        assert!(resources[0].is_function() && !resources[1].is_function());
        assert_eq!((resources[0].events(), resources[1].events()), (2, 0));
    }
}
