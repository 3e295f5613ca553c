import Dump
import Model

/// Disk space for an import.
enum ScratchSpace {
    static func require(for manifest: Manifest, at path: String) throws(NightjarError) {
        try FreeSpace.require(needed(for: manifest), in: path, purpose: "restoring \(manifest.id)")
    }

    /// Bytes: the pages of the source, and while an index is sorted as much again as its keys take.
    static func needed(for manifest: Manifest) -> Int64 {
        let pages = manifest.source.pageCount * Int64(manifest.source.pageSize)
        return pages + pages / 4
    }

    /// The same for a few tables, estimated from their share of the dump's text.
    static func estimate(for selection: TableSelection, in manifest: Manifest) -> Int64 {
        let text = selection.tables.reduce(0) { $0 + $1.range.length }
        let share = Double(text) / Double(max(manifest.dumpBytes, 1))
        return Int64(Double(needed(for: manifest)) * min(max(share, 0), 1))
    }
}
