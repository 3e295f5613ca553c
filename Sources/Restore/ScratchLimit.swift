import Model

/// What `verify.scratch_limit` lets the scratch database of one backup take.
struct ScratchLimit: Sendable {
    /// SQLite has no more: <https://www.sqlite.org/pragma.html#pragma_max_page_count>.
    private static let mostPages: Int64 = 4_294_967_294

    let bytes: Int64
    private let backup: String
    private let pageSize: Int64

    init(bytes: Int64, for manifest: Manifest) {
        self.bytes = bytes
        backup = manifest.id
        pageSize = manifest.source.pageSize > 0 ? Int64(manifest.source.pageSize) : 4096
    }

    var pages: Int64 { min(max(bytes / pageSize, 1), Self.mostPages) }

    /// - Parameter need: `needs 12 GiB`.
    func failure(_ need: String) -> NightjarError {
        NightjarError(
            .configuration, "restoring \(backup) \(need), verify.scratch_limit is \(SizeText.format(bytes))",
            hint: "Raise verify.scratch_limit, or have the database verified at the level checksum.")
    }
}
