//! Whether the time to live of any item is over, told by an index: the engine's own sweep reads every
//! item of the table. It must never know what expires.

use dynoxide::storage::Storage;

use crate::services::ServicesError;
use crate::services::dynamodb::engine::engine_error;

/// Returns whether the sweep would find anything at `now_s`, in seconds since 1970.
pub(crate) fn is_any_over(storage: &Storage, now_s: u64) -> Result<bool, ServicesError> {
    for table in storage.list_ttl_enabled_tables().map_err(engine_error)? {
        let Some(attribute) = table.ttl_attribute.filter(|name| is_plain(name)) else {
            return Ok(true);
        };
        let question = Question::of(&table.table_name, &attribute);
        storage.conn().execute_batch(&question.index)?;
        let now = i64::try_from(now_s).unwrap_or(i64::MAX);
        let mut statement = storage.conn().prepare_cached(&question.exists)?;
        if statement.query_row([now], |row| row.get(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What is asked of one table.
struct Question {
    index: String,
    exists: String,
}

impl Question {
    fn of(table: &str, attribute: &str) -> Self {
        let table = table.replace('"', "\"\"");
        let ends = format!("json_extract(item_json, '$.{attribute}.N')");
        let ends_at = format!("CAST({ends} AS INTEGER)");
        Self {
            index: format!(
                "CREATE INDEX IF NOT EXISTS \"{table}_by_end\" ON \"{table}\" ({ends_at})
                 WHERE {ends} IS NOT NULL"
            ),
            exists: format!(
                "SELECT EXISTS (SELECT 1 FROM \"{table}\"
                 WHERE {ends} IS NOT NULL AND {ends_at} < ?1)"
            ),
        }
    }
}

/// Returns whether a name can stand in a path as it is.
fn is_plain(name: &str) -> bool {
    name.chars().all(|letter| letter.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::Question;

    #[test]
    fn the_question_is_answered_by_the_index() {
        let connection = Connection::open_in_memory().unwrap();
        let items = "CREATE TABLE \"a-Table\" (pk TEXT, sk TEXT, item_json TEXT NOT NULL)";
        connection.execute_batch(items).unwrap();
        let question = Question::of("a-Table", "expiresAt");
        connection.execute_batch(&question.index).unwrap();
        let put = "INSERT INTO \"a-Table\" VALUES ('a', 'b', ?1)";
        for item in [r#"{"pk":{"S":"a"}}"#, r#"{"expiresAt":{"N":"100"}}"#] {
            connection.execute(put, [item]).unwrap();
        }
        let ask =
            |now: i64| connection.query_row(&question.exists, [now], |row| row.get::<_, bool>(0));
        assert!(!ask(100).unwrap(), "it lives to the end of that second");
        assert!(ask(101).unwrap());
        let plan = format!("EXPLAIN QUERY PLAN {}", question.exists);
        let mut plan = connection.prepare(&plan).unwrap();
        let steps = plan.query_map([0], |row| row.get::<_, String>(3)).unwrap();
        let steps: Vec<String> = steps.map(Result::unwrap).collect();
        assert!(
            steps.iter().any(|step| step.contains("a-Table_by_end")),
            "{steps:?}"
        );
    }
}
