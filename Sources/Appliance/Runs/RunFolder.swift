import Catalog
import Dump
import FoundationEssentials
import Glibc
import Model
import Remote
import Settings
import Storage

/// What a run keeps in the scratch directory until its end is in the catalog: which backup it makes, and what its export
/// needs to be gone on with. A process that is killed leaves it to the next one. Used by whoever holds the run's lock.
struct RunFolder: Sendable {
    /// What a run is about.
    struct Facts: Sendable, Codable {
        var backup: String
        var database: String
        /// Where it goes.
        var stores: [Place]
        /// The root of the dump's names in the store, as `DumpKeys` says it.
        var dumpKey: String
        /// nil for a run that somebody asked for: it is not gone on with.
        var slot: Timestamp?
        var missed: Int
        var startedAt: Timestamp
        /// How much had been done when a process took the run up the last time.
        var progress: Int64 = 0
        /// Whether it was reading the rows of a remote source then: `progress` counts in another way.
        var wasReading: Bool?
        /// How many attempts in a row have ended without getting any further.
        var standstills = 0
    }

    /// A store of the run's.
    struct Place: Sendable, Codable, Equatable {
        /// Its name in the configuration.
        var name: String
        /// Where that was, as the store says it.
        var location: String
        /// Why the run goes on without it; nil where it does not.
        var dropped: RunFailure?

        /// Whether the same place was meant, whatever became of it.
        func isSame(as other: Place) -> Bool { name == other.name && location == other.location }
    }

    /// A run that brings its process down must not do so for ever.
    private static let standstillsAllowed = 3

    let path: String
    private let parent: String
    private let scratchDirectory: String

    /// - Parameter applianceID: Two appliances may share a scratch directory.
    init(of database: String, in scratchDirectory: String, applianceID: String) {
        self.scratchDirectory = scratchDirectory
        parent = Self.parent(in: scratchDirectory, applianceID)
        path = "\(parent)/\(database)"
    }

    /// Databases of which there is a folder.
    static func databases(in scratchDirectory: String, applianceID: String) -> [String] {
        let parent = parent(in: scratchDirectory, applianceID)
        return (try? FileManager.default.contentsOfDirectory(atPath: parent))?.sorted() ?? []
    }

    private static func parent(in scratchDirectory: String, _ applianceID: String) -> String {
        "\(scratchDirectory)/runs-\(applianceID.prefix(8))"
    }

    private var factsPath: String { "\(path)/run.json" }

    /// nil where no run was interrupted.
    var facts: Facts? {
        guard let bytes = try? SmallFile.read(factsPath) else { return nil }
        return try? JSONDecoder().decode(Facts.self, from: Data(bytes))
    }

    /// Whether an export can be gone on with there, instead of making another snapshot.
    var hasSnapshot: Bool { RunFiles.holdSnapshot(in: path) }

    /// Whether the run of `slot` can be gone on with: where there is a snapshot, rows of one, or a backup that is whole but
    /// for its end in the catalog. Others are only waiting to be cleared away.
    func goesOn(_ slot: Timestamp?) -> Bool {
        guard let slot, facts?.slot == slot else { return false }
        return hasSnapshot || isReading || !RunFiles.holdJournal(in: path)
    }

    /// Whether the last process got further than the one before.
    func isMovingOn(_ facts: Facts) -> Bool {
        if facts.wasReading == true && !isReading { return hasSnapshot }
        return progress > facts.progress
    }

    /// Whether the rows of a remote source are on their way to the snapshot.
    private var isReading: Bool { RemoteSource.isBeingRead(in: path) }

    /// Grows as long as the run gets on: with the rows of a remote source, and then with the dump.
    private var progress: Int64 {
        isReading ? RemoteSource.progress(in: path) : RunFiles.progress(in: path)
    }

    /// Begins a run in an empty folder.
    func begin(_ facts: Facts) throws {
        try PrivateFolder.create(path, setting: "scratch_dir")
        PrivateFolder.giveToOwner(of: scratchDirectory, [parent, path])
        SmallFile.synchronize(folderOf: path)
        SmallFile.synchronize(folderOf: parent)
        try write(facts)
    }

    /// Notes that a process takes the run up.
    /// - Returns: false where processes come to their end there, one after the other: it has to be made anew.
    func takeUp(_ facts: Facts) throws -> Bool {
        var facts = facts
        facts.standstills = isMovingOn(facts) ? 0 : facts.standstills + 1
        facts.progress = progress
        facts.wasReading = isReading
        guard facts.standstills <= Self.standstillsAllowed else { return false }
        try write(facts)
        return true
    }

    /// Notes that the run goes on without one of its stores.
    func drop(_ store: String, _ failure: RunFailure) throws {
        guard var facts, let index = facts.stores.firstIndex(where: { $0.name == store }) else { return }
        facts.stores[index].dropped = failure
        try write(facts)
    }

    /// Removes it and all that is in it.
    func remove() {
        RunFiles.remove(in: path)
        try? FileManager.default.removeItem(atPath: path)
        // Only the last one's end leaves it empty.
        rmdir(parent)
    }

    private func write(_ facts: Facts) throws {
        try SmallFile.replace(factsPath, Array(try JSONText.encoder.encode(facts)))
    }
}

extension RunFolder.Facts {
    /// As a run of a single store had it, before there were several.
    private struct Single: Decodable {
        var store: String
        var location: String
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        if let single = try? Single(from: decoder) {
            stores = [RunFolder.Place(name: single.store, location: single.location)]
        } else {
            stores = try values.decode([RunFolder.Place].self, forKey: .stores)
        }
        backup = try values.decode(String.self, forKey: .backup)
        database = try values.decode(String.self, forKey: .database)
        dumpKey = try values.decode(String.self, forKey: .dumpKey)
        slot = try values.decodeIfPresent(Timestamp.self, forKey: .slot)
        missed = try values.decode(Int.self, forKey: .missed)
        startedAt = try values.decode(Timestamp.self, forKey: .startedAt)
        progress = try values.decode(Int64.self, forKey: .progress)
        wasReading = try values.decodeIfPresent(Bool.self, forKey: .wasReading)
        standstills = try values.decode(Int.self, forKey: .standstills)
    }
}
