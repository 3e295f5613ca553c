import Dump
import FoundationEssentials
import Model
import Settings
import Storage

/// Makes sure that several stores are several places: two names of one would be two copies for everybody but the fire.
struct DistinctPlaces: Sendable {
    let appliance: Appliance

    /// - Parameter members: Those to which this appliance has just made sure that it may write.
    /// - Throws: code `configuration` where two of them are one place.
    func check(_ members: [StoreGroup.Member]) async throws {
        for (index, first) in members.enumerated() {
            for second in members[(index + 1)...] where try await areOne(first, second) {
                throw NightjarError(
                    .configuration,
                    "the stores \(first.name) and \(second.name) are one place: \(first.store.location) and "
                        + second.store.location,
                    hint:
                        "A backup in both would be one copy. Give one of them a place of its own, or take it out of `store`."
                )
            }
        }
    }

    private func areOne(_ first: StoreGroup.Member, _ second: StoreGroup.Member) async throws -> Bool {
        switch (isFolder(first), isFolder(second)) {
        case (true, true): try await isOneFolder(first, second)
        case (false, false): try await isOneBucket(first, second)
        default: false
        }
    }

    private func isFolder(_ member: StoreGroup.Member) -> Bool {
        appliance.stores.settings(named: member.name)?.isNear ?? false
    }

    /// Looked at in each run: a disk may be mounted elsewhere by then.
    private func isOneFolder(_ first: StoreGroup.Member, _ second: StoreGroup.Member) async throws -> Bool {
        do {
            guard let one = try await FolderIdentity.of(first.store.location) else { return false }
            return try await FolderIdentity.of(second.store.location) == one
        } catch is StoreError {
            try Task.checkCancellation()
            // A store that is away is looked at when it is back.
            return false
        }
    }

    /// What is written to the one is looked for in the other, once for each two addresses.
    private func isOneBucket(_ first: StoreGroup.Member, _ second: StoreGroup.Member) async throws -> Bool {
        let memory = LineFile(path: appliance.configuration.stateDirectory + "/distinct-stores")
        let line = [first.store.location, second.store.location].sorted().joined(separator: " and ")
        guard !memory.contains(line) else { return false }
        let key = "\(Self.prefix)\(Timestamp.now.compact)_\(UUID().uuidString.lowercased())"
        do {
            _ = try await first.store.create(key, Part(bytes: Array("Is this one place with another store?\n".utf8)))
            let isThere = try await second.store.head(key) != nil
            if !isThere { try memory.add(line) }
            await Self.sweep(first.store, key)
            return isThere
        } catch {
            await Self.sweep(first.store, key)
            try Task.checkCancellation()
            // A store that is away is looked at when it is back.
            return false
        }
    }

    private static let prefix = "appliance/place_"

    /// Removes what was written, and what processes that were killed have left the day before or earlier.
    private static func sweep(_ store: any ObjectStore, _ key: String) async {
        await Cleanup.run {
            _ = try await store.deleteUnlessLocked(key)
            let yesterday = Timestamp(seconds: Timestamp.now.seconds - 86_400)
            for object in try await store.list(prefix: prefix, after: nil, limit: 1000).objects {
                guard let time = Timestamp(String(object.key.dropFirst(prefix.count).prefix(15))), time < yesterday
                else {
                    continue
                }
                _ = try await store.deleteUnlessLocked(object.key)
            }
        }
    }
}
