//! Figures as tables for a person: any JSON object, its lists of objects one table each. It must
//! never know what the figures mean.

use serde_json::{Map, Value};

/// Rows of cells.
pub(crate) type Table = Vec<Vec<String>>;

/// Returns the tables in a JSON object: one for what stands alone, one for each list of objects,
/// whose columns are headed by their member `head`.
pub(crate) fn tables(figures: &Value, head: &str) -> Vec<Table> {
    let mut alone = Table::new();
    let mut lists = Vec::new();
    collect("", figures, &mut alone, &mut lists);
    let mut lists: Vec<Table> = lists.into_iter().map(|items| list(items, head)).collect();
    if !alone.is_empty() {
        lists.insert(0, alone);
    }
    lists
}

fn collect<'a>(name: &str, value: &'a Value, alone: &mut Table, lists: &mut Vec<&'a [Value]>) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                let name = if name.is_empty() {
                    member.clone()
                } else {
                    format!("{name}.{member}")
                };
                collect(&name, value, alone, lists);
            }
        }
        Value::Array(items) if items.iter().all(Value::is_object) && !items.is_empty() => {
            lists.push(items);
        }
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            alone.push(vec![name.to_owned(), cell(value)]);
        }
    }
}

/// Returns a list with a column for each item: items have many figures, and there are few items.
fn list(items: &[Value], head: &str) -> Table {
    let columns: Vec<Map<String, Value>> = items.iter().map(flat).collect();
    let mut names: Vec<&String> = Vec::new();
    for name in columns.iter().flat_map(Map::keys) {
        if name != head && !names.contains(&name) {
            names.push(name);
        }
    }
    let row = |name: &str| {
        let cells = columns
            .iter()
            .map(|column| column.get(name).map(cell).unwrap_or_default());
        std::iter::once(name.to_owned()).chain(cells).collect()
    };
    std::iter::once(row(head))
        .chain(names.into_iter().map(|name| row(name)))
        .collect()
}

/// Returns an object with nothing inside it: members of members are named after both.
fn flat(value: &Value) -> Map<String, Value> {
    let mut members = Map::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        let inside: Vec<(String, &Value)> = match value {
            Value::Object(_) => vec![(name.clone(), value)],
            Value::Array(items) if items.iter().any(Value::is_object) => {
                let named = |(index, item)| (format!("{name}[{index}]"), item);
                items.iter().enumerate().map(named).collect()
            }
            Value::Array(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_) => {
                members.insert(name.clone(), value.clone());
                continue;
            }
        };
        for (name, value) in inside {
            let inner = flat(value).into_iter();
            members.extend(inner.map(|(inner, value)| (format!("{name}.{inner}"), value)));
        }
    }
    members
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number
            .as_f64()
            .filter(|_| number.is_f64())
            .map_or_else(|| number.to_string(), short),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// Writes a number with two decimals, or with six where two would leave nothing of it.
fn short(number: f64) -> String {
    if number != 0.0 && number.abs() < 0.1 {
        format!("{number:.6}")
    } else {
        format!("{number:.2}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::tables;

    #[test]
    fn lists_become_tables() {
        let figures = json!({
            "rounds": 3,
            "sizes": [{"pages": 10, "a": {"b": 1.5}, "c": [{"d": 1}, {"d": 0.000_5}]}, {"pages": 100}],
        });
        let expected: [Vec<Vec<&str>>; 2] = [
            vec![vec!["rounds", "3"]],
            vec![
                vec!["pages", "10", "100"],
                vec!["a.b", "1.50", ""],
                vec!["c[0].d", "1", ""],
                vec!["c[1].d", "0.000500", ""],
            ],
        ];
        assert_eq!(tables(&figures, "pages"), expected);
    }
}
