//! Turning one spelling of a name into another. It must never know whose name it is.

/// Returns `snake_case` or `kebab-case` as `PascalCase`.
pub(crate) fn pascal(name: &str) -> String {
    name.split(['_', '-'])
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().collect::<String>() + letters.as_str()
            })
        })
        .collect()
}

/// Returns `PascalCase` as `snake_case`.
pub(crate) fn snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

#[test]
fn spellings_are_turned() {
    assert_eq!(pascal("authorizer"), "Authorizer");
    assert_eq!(pascal("billing-events"), "BillingEvents");
    assert_eq!(snake("IdempotencyInFlight"), "idempotency_in_flight");
}
