import Model
import Storage

/// The stores that a run's backup goes to: all of its database's, but for those that it has to do without.
///
/// With a single one there is nothing to do without: whatever fails there fails the run.
struct RunStores: Sendable {
    let members: [StoreGroup.Member]
    /// nil where there is only one store.
    let group: StoreGroup?

    /// - Parameters:
    ///   - dropped: Those that an earlier process went on without, and why.
    ///   - note: Takes down that the run goes on without a store.
    init(
        _ members: [StoreGroup.Member], dropped: [String: any Error],
        noting note: @escaping @Sendable (String, any Error) throws -> Void
    ) {
        self.members = members
        group = members.count > 1 ? StoreGroup(members, dropped: dropped, noting: note) : nil
    }

    /// As one, for whoever writes.
    var store: any ObjectStore { group ?? members[0].store }

    /// Those that have all that was written.
    var live: [StoreGroup.Member] { group?.live ?? members }

    /// Why the others were given up, by their names.
    var dropped: [String: any Error] { group?.dropped ?? [:] }

    /// Does the same in all that are left; where it fails in some, they are given up.
    /// - Returns: By their names, what came of it.
    @discardableResult
    func each<Result: Sendable>(
        _ work: @escaping @Sendable (StoreGroup.Member) async throws -> Result
    ) async throws -> [String: Result] {
        guard let group else { return [members[0].name: try await work(members[0])] }
        return try await group.all(group.live, work)
    }
}
