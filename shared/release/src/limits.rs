//! Every limit of a release tree, each once, with its unit and its reason. Numbers marked as part
//! of the format decide where nodes are cut: another value would give other tree ids.

kernel::limits! {
    /// An encoded node, in bytes: at most two read units or eight write units of the table. Format.
    NODE_BYTES_MAX: usize = 8_192;
    /// Either side of a cut through an over-long run, in bytes: no cut leaves crumbs. Format.
    NODE_BYTES_MIN: usize = 2_048;
    /// The root inside the tree, in bytes: a small site is whole in one read. Format.
    ROOT_BYTES_MAX: usize = 4_096;
    /// Items of a node on average: about 2 KB, few levels and little to write. Format.
    NODE_ITEMS_MEAN: u64 = 24;
    /// Levels cut by the hashes of keys; above them, which takes more keys than can be made or
    /// keys ground for years, size alone cuts, so that every map has an end. Format.
    HASHED_LEVELS: u8 = 8;
    /// Levels of a map: more than any map has, whatever its keys.
    LEVELS_MAX: u8 = 64;
    /// A route key, in bytes: a page's slug and its key space.
    KEY_BYTES_MAX: usize = 512;
    /// An identifier of a theme, list, block or permission, in bytes.
    IDENTIFIER_BYTES_MAX: usize = 64;
    /// One settings object (theme, plugin or configuration), encoded, in bytes: a tree with every
    /// plugin at its largest still fits one item of the table.
    SETTINGS_BYTES_MAX: usize = 16_384;
    /// Levels of nesting in one settings object: reading it must not exhaust the stack.
    SETTINGS_DEPTH_MAX: usize = 16;
    /// Plugins of one tree: each runs on the visitor's path.
    PLUGINS_MAX: usize = 16;
    /// Permissions granted to one plugin.
    PERMISSIONS_MAX: usize = 32;
    /// Conflicts that a merge lists: more are not read by anybody.
    CONFLICTS_MAX: usize = 100;
}
