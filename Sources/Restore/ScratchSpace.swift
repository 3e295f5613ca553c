import Dump
import Model

/// Disk space for an import.
enum ScratchSpace {
    /// - Parameter limit: What the database may take; nil for what the disk has.
    /// - Throws: code `configuration` where the limit is too low, `io` where the disk has not enough room.
    static func require(for manifest: Manifest, at path: String, limit: ScratchLimit? = nil) throws(NightjarError) {
        let pages = manifest.source.pageBytes
        if let limit, pages > limit.bytes { throw limit.failure("needs \(SizeText.format(pages))") }
        try FreeSpace.require(needed(for: manifest), in: path, purpose: "restoring \(manifest.id)")
    }

    /// The same for the file that a restore makes, where a person wants it.
    static func require(for manifest: Manifest, atTarget path: String) throws(NightjarError) {
        try FreeSpace.require(
            needed(for: manifest), in: path, purpose: "restoring \(manifest.id)", otherwise: "restore to a larger one")
    }

    /// Bytes: the pages of the source, and while an index is sorted as much again as its keys take.
    static func needed(for manifest: Manifest) -> Int64 {
        let pages = manifest.source.pageBytes
        return pages + pages / 4
    }

    /// The same for a few tables, estimated from their share of the dump's text.
    static func estimate(for selection: TableSelection, in manifest: Manifest) -> Int64 {
        let text = selection.tables.reduce(0) { $0 + $1.range.length }
        let share = Double(text) / Double(max(manifest.dumpBytes, 1))
        return Int64(Double(needed(for: manifest)) * min(max(share, 0), 1))
    }
}

extension Manifest.SourceFacts {
    /// Bytes of all pages.
    fileprivate var pageBytes: Int64 { pageCount * Int64(pageSize) }
}
