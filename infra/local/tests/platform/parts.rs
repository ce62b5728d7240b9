//! Parts of templates: what many tests begin with, a line each. It must never know what a test is
//! about.

/// What a mapping says of a function that names what it failed on.
pub(crate) const REPORTS_FAILURES: &str = "FunctionResponseTypes: [ReportBatchItemFailures]";

/// Writes a resource.
pub(crate) fn resource(id: &str, kind: &str, properties: &str) -> String {
    format!("  {id}: {{ Type: {kind}, Properties: {{ {properties} }} }}\n")
}

/// Writes a queue.
pub(crate) fn queue(id: &str, properties: &str) -> String {
    resource(id, "AWS::SQS::Queue", properties)
}

/// Writes a function that may use tables and queues: `Worker` is the resource `WorkerFunction`.
pub(crate) fn function(name: &str, properties: &str) -> String {
    let id = format!("{name}Function");
    let properties = format!("Role: !GetAtt WorkersRole.Arn, {properties}");
    resource(&id, "AWS::Serverless::Function", &properties)
}

/// Writes what a function has with one event.
pub(crate) fn event(kind: &str, properties: &str) -> String {
    format!("Events: {{ Work: {{ Type: {kind}, Properties: {{ {properties} }} }} }}")
}

/// Writes a function that takes messages from the queue `queue`.
pub(crate) fn worker(name: &str, queue: &str, mapping: &str) -> String {
    let source = format!("Queue: !GetAtt {queue}.Arn, {mapping}");
    function(name, &event("SQS", &source))
}

/// Writes a function that follows the table's stream from its beginning.
pub(crate) fn follower(name: &str, mapping: &str) -> String {
    let source =
        format!("Stream: !GetAtt Table.StreamArn, StartingPosition: TRIM_HORIZON, {mapping}");
    function(name, &event("DynamoDB", &source))
}
