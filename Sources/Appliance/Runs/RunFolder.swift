import Dump
import FoundationEssentials
import Glibc
import Model
import Settings
import Storage

/// What a run keeps in the scratch directory until its end is in the catalog: which backup it makes, and what its export
/// needs to be gone on with. A process that is killed leaves it to the next one. Used by whoever holds the run's lock.
struct RunFolder: Sendable {
    /// What a run is about.
    struct Facts: Sendable, Codable {
        var backup: String
        var database: String
        var store: String
        /// The dump's name in the store.
        var dumpKey: String
        /// nil for a run that somebody asked for: it is not gone on with.
        var slot: Timestamp?
        var missed: Int
        var startedAt: Timestamp
        /// Whether the backup is made; what is missing is its verification.
        var hasManifest = false
        /// How much had been done when a process took the run up the last time.
        var progress: Int64 = 0
        /// How many processes in a row have ended without getting any further.
        var standstills = 0
    }

    private static let parent = "runs"
    /// A run that brings its process down must not do so for ever.
    private static let standstillsAllowed = 3

    let path: String
    private let parent: String
    private let scratchDirectory: String

    init(of database: String, in scratchDirectory: String) {
        self.scratchDirectory = scratchDirectory
        parent = "\(scratchDirectory)/\(Self.parent)"
        path = "\(parent)/\(database)"
    }

    /// Databases of which there is a folder.
    static func databases(in scratchDirectory: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "\(scratchDirectory)/\(parent)"))?.sorted() ?? []
    }

    private var factsPath: String { "\(path)/run.json" }

    /// nil where no run was interrupted.
    var facts: Facts? {
        guard let bytes = try? SmallFile.read(factsPath) else { return nil }
        return try? JSONDecoder().decode(Facts.self, from: Data(bytes))
    }

    /// Whether an export can be gone on with there, instead of making another snapshot.
    var hasSnapshot: Bool { RunFiles.holdSnapshot(in: path) }

    /// Whether the last process got further than the one before.
    func isMovingOn(_ facts: Facts) -> Bool {
        RunFiles.progress(in: path) > facts.progress
    }

    /// Begins a run in an empty folder.
    func begin(_ facts: Facts) throws {
        try PrivateFolder.create(path, setting: "scratch_dir")
        PrivateFolder.giveToOwner(of: scratchDirectory, [parent, path])
        try write(facts)
    }

    /// Notes that a process takes the run up.
    /// - Returns: false where processes come to their end there, one after the other: it has to be made anew.
    func takeUp(_ facts: Facts) throws -> Bool {
        var facts = facts
        facts.standstills = isMovingOn(facts) ? 0 : facts.standstills + 1
        facts.progress = RunFiles.progress(in: path)
        guard facts.standstills <= Self.standstillsAllowed else { return false }
        try write(facts)
        return true
    }

    /// Removes it and all that is in it.
    func remove() {
        RunFiles.remove(in: path)
        try? FileManager.default.removeItem(atPath: path)
        // Only the last one's end leaves it empty.
        rmdir(parent)
    }

    func write(_ facts: Facts) throws {
        try SmallFile.replace(factsPath, Array(try JSONText.encoder.encode(facts)))
    }
}

/// A run that nobody goes on with: its process was killed, or it has failed for good.
struct LeftRun: Sendable {
    let appliance: Appliance
    let folder: RunFolder

    /// Takes back what it left, in its store and on this machine. A backup whose manifest is there stays. Where the store
    /// is away, what is in it stays until the sweep for orphans.
    func clear() async {
        if let facts = folder.facts, let id = BackupID(facts.backup),
            let store = try? appliance.stores.store(named: facts.store)
        {
            let keys = BackupKeys(database: facts.database, id: id)
            if await Self.isMissing(keys.manifest, in: store) {
                await RunFiles.abandon(in: folder.path, key: facts.dumpKey, store: store)
                await Cleanup.run { try await store.delete(facts.dumpKey) }
            }
        }
        folder.remove()
    }

    /// - Returns: false also where nobody can say.
    private static func isMissing(_ key: String, in store: any ObjectStore) async -> Bool {
        do {
            return try await store.head(key) == nil
        } catch {
            return false
        }
    }
}
