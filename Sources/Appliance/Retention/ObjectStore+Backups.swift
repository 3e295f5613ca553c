import Model
import Storage

extension ObjectStore {
    /// All that is stored of one backup, and what else has a name that begins as theirs do.
    func objects(of keys: BackupKeys) async throws -> [ObjectInfo] {
        var found: [ObjectInfo] = []
        var after: ListPosition?
        repeat {
            let page = try await list(prefix: "\(keys.database)/\(keys.id).", after: after, limit: 1000)
            found += page.objects
            after = page.next
        } while after != nil
        return found
    }
}
