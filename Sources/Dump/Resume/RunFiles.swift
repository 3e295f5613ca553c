import FoundationEssentials
import Glibc
import Model
import Storage

/// What an export keeps in its run's folder: the snapshot and what it is made from, the journal, parts that the store has not
/// taken, what frames have left of a chunk that is not encrypted yet, and the run's key.
package enum RunFiles {
    package static let snapshot = "snapshot.db"
    /// Rows of a remote source on their way to the snapshot.
    package static let mirror = "mirror.db"

    /// Whether a snapshot lies there that an export can go on with.
    package static func holdSnapshot(in folder: String) -> Bool {
        guard access("\(folder)/\(snapshot)", R_OK) == 0, var reader = JournalReader(folder: folder) else {
            return false
        }
        defer { reader.close() }
        var last: ExportJournal.SnapshotRecord?
        while let record = reader.next() {
            if case .snapshot(let snapshot) = record { last = snapshot }
        }
        return last.map { $0.outlivesProcess && $0.isThere(in: folder) } ?? false
    }

    /// How much of the dump's objects has been made there and how much of them is in the store, in bytes together: it grows
    /// as long as an export gets on.
    package static func progress(in folder: String) -> Int64 {
        guard var reader = JournalReader(folder: folder) else { return 0 }
        defer { reader.close() }
        var ended: Int64 = 0
        var sizes: [Int64] = []
        var uploaded: [Int: Int64] = [:]
        while let record = reader.next() {
            switch record {
            case .objectEnded(let object, _):
                ended += 2 * object.size
                sizes = []
                uploaded = [:]
            case .frame(let frame): sizes.append(frame.size)
            case .framesKept(let count): sizes.removeLast(max(sizes.count - count, 0))
            case .part(let part): uploaded[part.number] = part.size
            default: break
            }
        }
        return ended + sizes.reduce(0, +) + uploaded.values.reduce(0, +)
    }

    /// Whether a journal lies there: somebody goes on with the export, or has to take back what the store has of it.
    package static func holdJournal(in folder: String) -> Bool {
        access("\(folder)/\(ExportJournal.fileName)", F_OK) == 0
    }

    /// Removes all of it but the run's key, with which the backup may have to be proved still. The journal goes last:
    /// as long as it is there, whoever finds the folder knows what to do.
    package static func remove(in folder: String) {
        removeBytes(in: folder)
        unlink("\(folder)/\(ExportJournal.fileName)")
    }

    /// Removes all but the journal and the key.
    package static func removeBytes(in folder: String) {
        remove(["part-", "tail-", snapshot, mirror], in: folder)
    }

    /// Removes what a snapshot was made from, once that is one to go on with.
    static func removeMirror(in folder: String) { remove([mirror], in: folder) }

    /// - Parameter beginnings: Of names: SQLite puts its journals beside its files.
    private static func remove(_ beginnings: [String], in folder: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where beginnings.contains(where: { name.hasPrefix($0) }) { unlink("\(folder)/\(name)") }
    }

    /// Takes back what an export that nobody goes on with has left, in the store and in its folder. What the store lets nobody
    /// take back the daily sweep finds, or the store's own expiry.
    /// - Parameter root: The dump's, as `DumpKeys` says it.
    /// - Returns: Whether all of it is taken back; where it is not, the journal stays, which says what of.
    @discardableResult
    package static func abandon(in folder: String, root: String, store: any ObjectStore) async -> Bool {
        var isDone = true
        if var reader = JournalReader(folder: folder) {
            // Journals of earlier versions name no object: theirs is the root.
            var open = root
            var upload = Resumption.Upload.none
            while let record = reader.next() {
                switch record {
                case .object(let key, _):
                    open = key
                    upload = .none
                case .objectEnded: upload = .none
                case .uploadAsked: if case .none = upload { upload = .asked }
                case .upload(let id): upload = .begun(id: id)
                default: break
                }
            }
            reader.close()
            isDone = await abort(upload, of: open, in: store)
            // Objects may be whole; without a manifest they are no backup.
            if !(await Cleanup.run { try await DumpLeftovers(of: root, in: store).delete() }) { isDone = false }
        }
        if isDone { remove(in: folder) } else { removeBytes(in: folder) }
        return isDone
    }

    /// - Returns: Whether the store could be asked.
    static func abort(_ upload: Resumption.Upload, of key: String, in store: any ObjectStore) async -> Bool {
        switch upload {
        case .none: true
        case .asked: await DumpLeftovers(of: key, in: store).abortUploads()
        case .begun(let id):
            await Cleanup.run { try await DumpLeftovers.abort(id, of: key, in: store) }
        }
    }
}
