import FoundationEssentials
import Model
import Restore
import Storage

/// Who writes below a store's prefix: one appliance, named by a create-only object.
struct Ownership: Sendable {
    private struct Owner: Codable {
        var appliance: String
        var host: String
        var since: Timestamp
    }

    let store: any ObjectStore
    let applianceID: String
    /// Stores that this appliance has written to before.
    let claims: LineFile

    /// Makes this appliance the owner where there is none.
    /// - Throws: code `configuration` where another appliance is.
    func claim(now: Timestamp) async throws {
        if let owner = try await current() {
            try check(owner)
            return try claims.add(store.location)
        }
        guard !claims.contains(store.location) else { throw isLost }
        let owner = Owner(appliance: applianceID, host: HostName.current, since: now)
        do {
            _ = try await store.create(BackupKeys.owner, Part(bytes: Array(try JSONText.encoder.encode(owner))))
        } catch let error as StoreError where error.code == .exists {
            // Another appliance came first, or an earlier request of this one did.
            guard let owner = try await current() else { throw error }
            try check(owner)
        }
        try claims.add(store.location)
    }

    /// Looks without claiming anything.
    /// - Throws: code `configuration` where another appliance is the owner; `unreachable` where this one was.
    func check() async throws {
        if let owner = try await current() {
            try check(owner)
        } else if claims.contains(store.location) {
            throw isLost
        }
    }

    /// The appliance to which a store belongs, whichever it is; nil where it is nobody's.
    static func owner(of store: any ObjectStore) async throws -> String? { try await current(store)?.appliance }

    /// Whether this appliance has written there, and no other one.
    func isOurs() async throws -> Bool { try await current()?.appliance == applianceID }

    /// A disk that is not mounted leaves an empty folder behind, and backups do not belong there.
    private var isLost: NightjarError {
        NightjarError(
            .unreachable, "\(store.location) is empty, although this appliance has written there before",
            hint:
                "Is its disk mounted? If it was emptied on purpose, remove its line from \(claims.path) and try again.",
            isTransient: true)
    }

    private func current() async throws -> Owner? { try await Self.current(store) }

    private static func current(_ store: any ObjectStore) async throws -> Owner? {
        do {
            let bytes = try await store.get(BackupKeys.owner, range: nil).collect(limit: 64 << 10)
            return try JSONDecoder().decode(Owner.self, from: Data(bytes))
        } catch let error as StoreError where error.code == .missing {
            return nil
        } catch is DecodingError {
            throw NightjarError(
                .configuration, "\(BackupKeys.owner) in \(store.location) is not what Nightjar writes",
                hint: "Use another prefix, or remove that object if nothing else uses this one.")
        }
    }

    private func check(_ owner: Owner) throws {
        guard owner.appliance != applianceID else { return }
        throw NightjarError(
            .configuration,
            "\(store.location) belongs to another appliance (\(owner.appliance) on \(owner.host), since \(owner.since.text))",
            hint: "Give this one a prefix of its own. If it is the same machine with a new state directory, "
                + "write that id into the file appliance.id in state_dir.")
    }
}
