import Dump
import Model

/// Disk space for an import.
enum ScratchSpace {
    static func require(for manifest: Manifest, at path: String) throws(NightjarError) {
        // The pages of the source, and while an index is sorted as much again as its keys take.
        let pages = manifest.source.pageCount * Int64(manifest.source.pageSize)
        try FreeSpace.require(pages + pages / 4, in: path, purpose: "restoring \(manifest.id)")
    }
}
