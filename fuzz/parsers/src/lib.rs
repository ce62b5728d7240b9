//! What fuzzing runs: for every parser that takes bytes from outside, a function of any bytes that
//! says what must hold of them. It must never know where the bytes come from.
#![expect(
    clippy::unwrap_used,
    reason = "what does not hold has to stop the run, as in tests"
)]

mod api;
mod content;
mod host;
#[path = "../../../shared/render/tests/render/markup.rs"]
mod markup;
mod messages;
mod names;
mod releases;
mod services;
mod stored;
mod tokens;
mod visitors;

/// A parser, or several of one kind, and what must hold of them.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name: of the folder with its corpus, and of the program that fuzzes it.
    pub name: &'static str,
    /// What takes the bytes.
    pub takes: &'static str,
    /// What must hold, whatever the bytes are.
    pub holds: &'static str,
    /// Panics where it does not hold.
    pub run: fn(&[u8]),
}

macro_rules! targets {
    ($($room:ident::$name:ident: $takes:literal, $holds:literal;)+) => {
        /// Every target.
        pub const TARGETS: &[Target] = &[$(Target {
            name: stringify!($name),
            takes: $takes,
            holds: $holds,
            run: $room::$name,
        }),+];

        $(
            #[doc = concat!("Fuzzes: ", $takes, ".")]
            pub fn $name(bytes: &[u8]) {
                $room::$name(bytes);
            }
        )+
    };
}

targets! {
    names::names: "names, hosts, addresses and ids as people and browsers send them",
        "what is read is written as it was read, and read again as the same";
    content::markdown: "Markdown of a page",
        "the HTML has nothing that could run and is well formed, and read as HTML it stays so";
    content::html: "HTML of a page",
        "the HTML has nothing that could run, is well formed, and reading it again changes nothing";
    content::document: "a page's blocks as JSON",
        "the HTML has nothing that could run, and storing and reading the blocks changes nothing";
    content::page: "a page as it is stored, shown in every theme",
        "it has one form in bytes, and its body has nothing that could run";
    content::theme_settings: "settings of a theme",
        "settings that were read are read again as the same, and end no style";
    releases::tree: "a release's tree as it is stored",
        "bytes are refused, or are the tree's only encoding";
    releases::node: "a node of a release as it is stored",
        "bytes are refused, or are the node's only encoding";
    releases::keys: "route keys, identifiers, settings and tree ids",
        "what is read is written as it was read";
    stored::envelope: "an event's envelope, as queues carry it",
        "what is read is written in one form";
    stored::records: "items of the table",
        "what is read is written in one form";
    stored::outbox_image: "an event's item in the table's stream",
        "it is read or refused";
    stored::template: "the template, as the local platform reads it",
        "it is read or refused";
    tokens::access_token: "access tokens",
        "none but the one that was issued is let in";
    tokens::refresh_token: "refresh tokens",
        "none but one that was issued gets another";
    tokens::link_token: "what links in mails and sign-ins with a right password carry",
        "none is taken: nobody but a mailbox has one";
    tokens::cursor: "cursors of lists",
        "none but the list's own is taken";
    tokens::preview_token: "previews' links",
        "none but the one that was made opens anything";
    api::path: "paths and queries of the API",
        "the answer is documented, and no refusal changes the store";
    api::body: "the JSON body of every operation",
        "the answer is documented, and no refusal changes the store";
    api::headers: "headers: conditions, idempotency keys, kinds of content",
        "the answer is documented, and no refusal changes the store";
    visitors::visit: "hosts, paths and headers of visitors",
        "the answer is no failure, and at a foreign host it names no tenant";
    messages::invocation: "what a function is invoked with",
        "it is answered or refused, and nothing panics";
    messages::message: "the body of a queue's message",
        "it is dealt with or named as failed, and the message beside it is dealt with";
    messages::image: "a change in the table's stream",
        "it is passed on, left, or named as failed";
    services::call: "requests to the stand-ins for AWS services",
        "they are answered as AWS answers, and nothing panics";
}
