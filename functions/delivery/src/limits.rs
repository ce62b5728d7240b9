//! Every limit on answering visitors, each once, with its unit and its reason. Must never hold a
//! limit that others rely on: those are in `kernel::limits`.

kernel::limits! {
    /// A request's path as it was sent, in bytes: a preview's token and a slug in escapes fit.
    PATH_BYTES_MAX: usize = 2_048;
    /// Bytes of trees kept ready in memory: thousands of small websites. Ready, each takes several
    /// times as much.
    FRAMES_BYTES_MAX: usize = 8_388_608;
    /// Themes kept in memory, each with all of its files.
    THEMES_MAX: usize = 32;
    /// Bytes of memory that an environment keeps finished pages in, beside the objects they are made of.
    RENDERED_BYTES_MAX: usize = 33_554_432;
    /// Addresses in a sitemap: one answer, and a bounded number of reads for it.
    SITEMAP_URLS_MAX: usize = 5_000;
    /// Entries of the tree that a sitemap reads at a time.
    SITEMAP_BATCH: usize = 1_000;
    /// How long the edge keeps what a purge reaches, in seconds.
    EDGE_TAGGED_S: u32 = 3_600;
    /// How long the edge keeps what no purge reaches, such as an unknown host, in seconds.
    EDGE_UNTAGGED_S: u32 = 10;
    /// How long anybody keeps a theme's files, in seconds: a year, their paths name their content.
    ASSET_LIFE_S: u32 = 31_536_000;
    /// When visitors of a website that is away are asked to come back, in seconds.
    RETRY_AWAY_S: u32 = 3_600;
    /// When visitors are asked to come back after storage failed, in seconds.
    RETRY_FAILED_S: u32 = 5;
    /// How long browsers insist on a safe connection to a host, in seconds: a year.
    STRICT_TRANSPORT_S: u32 = 31_536_000;
}
