//! Bytes from outside: any bytes are refused or are the one encoding of what they say.

use kernel::ContentHash;
use proptest::prelude::*;
use release::{DecodeError, KeyError, NodeStore, ReleaseError, Settings, Tree, VerifiedNode};

use super::samples::{Sample, samples};
use super::support::{config, key};

type Check = fn(&[u8]);

fn check_tree(bytes: &[u8]) {
    if let Ok(tree) = Tree::decode(bytes) {
        assert_eq!(tree.encode(), bytes);
        assert_eq!(tree.id().hash(), ContentHash::of(bytes));
        for settings in [&tree.config, &tree.theme.settings] {
            assert_eq!(Settings::new(settings.members()).as_ref(), Ok(settings));
        }
    }
}

fn check_node(bytes: &[u8]) {
    if let Ok(node) = VerifiedNode::read(ContentHash::of(bytes), bytes) {
        assert_eq!(node.bytes(), bytes.len());
    }
}

fn encodings() -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let samples = samples();
    let nodes = samples
        .iter()
        .flat_map(|Sample { nodes, .. }| nodes.values().take(8).cloned());
    (
        samples.iter().map(|sample| sample.tree.encode()).collect(),
        nodes.collect(),
    )
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check_tree(&bytes);
        check_node(&bytes);
        check_tree(&[b"HST\x01", &bytes[..]].concat());
        check_node(&[b"HSN\x01", &bytes[..]].concat());
    }
}

#[test]
fn every_damaged_encoding_is_read_or_refused() {
    let (trees, nodes) = encodings();
    let checks = [(trees, check_tree as Check), (nodes, check_node)];
    for (encodings, check) in checks {
        for bytes in encodings {
            for at in 0..bytes.len().min(1_500) {
                check(&bytes[..at]);
                for flip in [0x01, 0x20, 0x80, 0xff] {
                    let mut damaged = bytes.clone();
                    damaged[at] ^= flip;
                    check(&damaged);
                }
            }
            check(&[&bytes[..], &[0]].concat());
        }
    }
}

#[test]
fn what_is_wrong_is_named() {
    let (trees, nodes) = encodings();
    let tree = trees.first().unwrap();
    assert_eq!(
        Tree::decode(&tree[..tree.len() - 1]),
        Err(DecodeError::Truncated)
    );
    assert_eq!(
        Tree::decode(&[&tree[..], &[0]].concat()),
        Err(DecodeError::TrailingBytes)
    );
    assert_eq!(Tree::decode(b"HST\x02"), Err(DecodeError::UnknownFormat));

    let node = nodes.first().unwrap();
    let (right, wrong) = (ContentHash::of(node), ContentHash::of(b"another"));
    let mut store = NodeStore::new();
    let mismatch = ReleaseError::HashMismatch {
        expected: wrong,
        actual: right,
    };
    assert_eq!(store.insert_bytes(wrong, node), Err(mismatch));
    let empty = b"HSN\x01\x00\x00\x00";
    let hash = ContentHash::of(empty);
    let malformed = ReleaseError::Malformed {
        hash,
        source: DecodeError::Empty,
    };
    assert_eq!(store.insert_bytes(hash, empty), Err(malformed));
    assert!(store.is_empty());
}

/// Reads a node of entries with these keys and codes.
fn read_node(items: &[(&str, u16)]) -> Result<(), DecodeError> {
    let mut bytes = b"HSN\x01\x00".to_vec();
    bytes.extend(u16::try_from(items.len()).unwrap().to_be_bytes());
    for (key, code) in items {
        bytes.extend(u16::try_from(key.len()).unwrap().to_be_bytes());
        bytes.extend(key.as_bytes());
        bytes.extend(code.to_be_bytes());
        bytes.extend([7; 32]);
    }
    match VerifiedNode::read(ContentHash::of(&bytes), &bytes) {
        Ok(_) => Ok(()),
        Err(ReleaseError::Malformed { source, .. }) => Err(source),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn nodes_hold_fitting_entries_in_order() {
    assert_eq!(read_node(&[("b/a", 4), ("p/", 1), ("p/a", 2)]), Ok(()));
    assert_eq!(read_node(&[("b/a", 1)]), Err(DecodeError::MisplacedKind));
    assert_eq!(read_node(&[("p/a", 9)]), Err(DecodeError::UnknownKind(9)));
    assert_eq!(
        read_node(&[("p/a", 1), ("p/a", 1)]),
        Err(DecodeError::Unordered)
    );
    assert_eq!(
        read_node(&[("p/b", 1), ("p/a", 1)]),
        Err(DecodeError::Unordered)
    );
    assert_eq!(
        read_node(&[("q/a", 1)]),
        Err(DecodeError::Key(KeyError::Space))
    );
    let long = "p/".to_owned() + &"a".repeat(500);
    assert_eq!(
        read_node(&[(long.as_str(), 1); 16]),
        Err(DecodeError::TooLarge)
    );
}

/// Reads a tree whose configuration is encoded as `config`.
fn read_config(config: &[u8]) -> Result<(), DecodeError> {
    let plain = super::samples::tree_with(Settings::empty()).encode();
    // Behind it stands the root of an empty map: a length and a header.
    let (before, root) = plain.split_at(plain.len() - 2 - 7);
    let before = &before[..before.len() - 3];
    let length = u16::try_from(config.len()).unwrap().to_be_bytes();
    Tree::decode(&[before, &length, config, root].concat()).map(|_| ())
}

#[test]
fn settings_have_one_form() {
    assert_eq!(read_config(b"\xa0"), Ok(()));
    assert_eq!(read_config(b"\xa2\x61a\x01\x61b\x20"), Ok(()));
    for config in [
        // A head, a number and a name longer than need be.
        &b"\xb8\x00"[..],
        b"\xa1\x61a\x18\x01",
        b"\xa1\x78\x01a\x01",
        // No object, a name that is no text, indefinite lengths, bytes, tags, NaN, too small.
        b"\x80",
        b"\xa1\x01\x01",
        b"\xbf\xff",
        b"\xa1\x61a\x41a",
        b"\xa1\x61a\xc0\x01",
        b"\xa1\x61a\xfb\x7f\xf8\x00\x00\x00\x00\x00\x00",
        b"\xa1\x61a\x3b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xa1\x61\xff\x01",
    ] {
        assert_eq!(
            read_config(config),
            Err(DecodeError::NotCanonical),
            "{config:02x?}"
        );
    }
    for config in [
        &b"\xa2\x61b\x01\x61a\x01"[..],
        b"\xa2\x61a\x01\x61a\x01",
        b"\xa2\x62aa\x01\x61b\x01",
    ] {
        assert_eq!(
            read_config(config),
            Err(DecodeError::Unordered),
            "{config:02x?}"
        );
    }
    assert_eq!(read_config(b"\xa1\x61a"), Err(DecodeError::Truncated));
    assert_eq!(
        read_config(b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff"),
        Err(DecodeError::Truncated)
    );
    assert_eq!(read_config(b"\xa0\x00"), Err(DecodeError::TrailingBytes));
    assert_eq!(
        read_config(&[b"\xa1\x61a", &[0x81; 40][..]].concat()),
        Err(DecodeError::TooLarge)
    );
}

#[test]
fn a_node_in_anothers_place_is_refused() {
    let sample = samples()
        .into_iter()
        .find(|sample| sample.tree.routes.levels() > 0)
        .unwrap();
    let bytes = sample.tree.encode();
    let mut store = NodeStore::new();
    let mut hashes: Vec<_> = sample.nodes.keys().copied().collect();
    hashes.retain(|hash| bytes.windows(32).any(|window| window == hash.as_bytes()));
    let [first, second, ..] = hashes[..] else {
        panic!("a root of several nodes")
    };
    // The root now names the second node where the first belongs.
    let at = bytes
        .windows(32)
        .position(|window| window == first.as_bytes())
        .unwrap();
    let mut swapped = bytes.clone();
    swapped[at..at + 32].copy_from_slice(second.as_bytes());
    let tree = Tree::decode(&swapped).unwrap();
    for (hash, bytes) in &sample.nodes {
        store.insert_bytes(*hash, bytes).unwrap();
    }
    let all = release::KeyRange::all();
    let refused = release::range(&store, &tree.routes, &all, usize::MAX);
    assert_eq!(refused, Err(ReleaseError::Misplaced(second)));
    let intact = release::lookup(&store, &sample.tree.routes, &key("p/none"));
    assert!(matches!(intact, Ok(release::Step::Done(None))));
}
