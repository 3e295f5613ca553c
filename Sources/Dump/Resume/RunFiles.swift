import FoundationEssentials
import Glibc
import Model
import Storage

/// What an export keeps in its run's folder: the snapshot, the journal, and parts that the store has not taken.
package enum RunFiles {
    static let snapshot = "snapshot.db"

    /// Whether a snapshot lies there that an export can go on with.
    package static func holdSnapshot(in folder: String) -> Bool {
        guard access("\(folder)/\(snapshot)", R_OK) == 0, var reader = JournalReader(folder: folder) else {
            return false
        }
        defer { reader.close() }
        while let record = reader.next() {
            if case .snapshot(let snapshot) = record { return snapshot.facts.method == .copy }
        }
        return false
    }

    /// How much has been done there: grows with every step.
    package static func progress(in folder: String) -> Int64 {
        var facts = stat()
        return stat("\(folder)/\(ExportJournal.fileName)", &facts) == 0 ? Int64(facts.st_size) : 0
    }

    /// Removes all of it. The journal goes last: as long as it is there, whoever finds the folder knows what to do.
    package static func remove(in folder: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasPrefix("part-") || name.hasPrefix(snapshot) { unlink("\(folder)/\(name)") }
        unlink("\(folder)/\(ExportJournal.fileName)")
    }

    /// Takes back what an export that nobody goes on with has left, in the store and in its folder.
    package static func abandon(in folder: String, key: String, store: any ObjectStore) async {
        if var reader = JournalReader(folder: folder) {
            var upload = Resumption.Upload.none
            while let record = reader.next() {
                switch record {
                case .uploadAsked: if case .none = upload { upload = .asked }
                case .upload(let id): upload = .begun(id: id)
                default: break
                }
            }
            reader.close()
            await abort(upload, of: key, in: store)
        }
        remove(in: folder)
    }

    static func abort(_ upload: Resumption.Upload, of key: String, in store: any ObjectStore) async {
        switch upload {
        case .none: break
        case .asked: await OpenUploads(store: store).abort(key)
        case .begun(let id):
            // The size of its parts does not matter any more.
            await Cleanup.run { try await store.resumeUpload(key, id: id, partSize: 1)?.abort() }
        }
    }
}
