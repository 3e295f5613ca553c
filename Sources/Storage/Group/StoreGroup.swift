import Model
import Synchronization

/// Several stores that get the same objects at the same time. One that fails is dropped and fails nobody else: what it
/// lacks is copied to it later.
///
/// ETags, which each store has its own of, are those of all stores that are left, as `StoreTags` writes them. Where
/// none is left, the error may be any `Failure`, of whatever an earlier process has dropped them for.
package final class StoreGroup: ObjectStore {
    /// A store and its name in the configuration.
    package struct Member: Sendable {
        package let name: String
        package let store: any ObjectStore
        /// The least that counts as an answer while a part is on its way there, in bytes a second.
        package let minimumRate: Int64

        package init(name: String, store: any ObjectStore, minimumRate: Int64 = 32 << 10) {
            self.name = name
            self.store = store
            self.minimumRate = max(minimumRate, 1)
        }
    }

    /// How much longer than the first store, whatever became of it there, a slower one may take for one request, the time for
    /// its bytes aside, before it counts as one that does not answer.
    private static let patience = Duration.seconds(300)

    /// How long requests that are cancelled are waited for.
    private static let grace = Duration.seconds(9)

    private let members: [Member]
    private let patience: Duration
    private let failures: Mutex<[String: any Error]>
    /// Called with each store that is dropped.
    private let note: @Sendable (String, any Error) throws -> Void

    /// - Parameters:
    ///   - members: At least one; in the order in which they are asked for what one of them knows.
    ///   - dropped: Names of those that an earlier process has dropped, and why.
    ///   - note: Takes down that a store is dropped, before anything else is written; where it throws, so does what was
    ///     going on.
    package init(
        _ members: [Member], dropped: [String: any Error] = [:], patience: Duration = StoreGroup.patience,
        noting note: @escaping @Sendable (String, any Error) throws -> Void = { _, _ in }
    ) {
        self.members = members
        self.patience = patience
        self.note = note
        failures = Mutex(dropped)
    }

    /// Those that have all of what the group was given.
    package var live: [Member] {
        let failures = failures.withLock { $0 }
        return members.filter { failures[$0.name] == nil }
    }

    /// Why others were dropped, by their names.
    package var dropped: [String: any Error] { failures.withLock { $0 } }

    package var location: String { members.map(\.store.location).joined(separator: " and ") }

    /// Goes on without a store from here on.
    func drop(_ name: String, _ error: any Error) throws {
        let isNew = failures.withLock { failures in
            defer { failures[name] = failures[name] ?? error }
            return failures[name] == nil
        }
        if isNew { try note(name, error) }
    }

    // MARK: All of them

    /// Does the same in all stores of `members` that are left; those where it fails are dropped, unless it fails in all.
    /// - Parameter bytes: How many bytes go to each.
    /// - Returns: By their names, what came of it.
    /// - Throws: `CancellationError`; where it fails in all that were left, one error for all of them, and none is dropped.
    package func all<Result: Sendable>(
        _ members: [Member], bytes: Int64 = 0, _ work: @escaping @Sendable (Member) async throws -> Result
    ) async throws -> [String: Result] {
        let members = members.filter { member in live.contains { $0.name == member.name } }
        guard let first = members.first else {
            throw dropped.values.first ?? NightjarError(.internal, "a group of stores with none left")
        }
        if members.count == 1 { return [first.name: try await work(first)] }
        let time = members.map { Duration.seconds(bytes / $0.minimumRate) }.max() ?? .zero
        let outcomes = try await outcomes(members, patience + time, work)
        var results: [String: Result] = [:]
        var errors: [(name: String, error: any Error)] = []
        for member in members {
            switch outcomes[member.name] {
            case .success(let result): results[member.name] = result
            case .failure(let error): errors.append((member.name, error))
            case nil: errors.append((member.name, silence(member, patience + time)))
            }
        }
        if results.isEmpty { throw Self.together(errors) }
        for (name, error) in errors { try drop(name, error) }
        return results
    }

    /// One error for several stores: whether trying again may help any of them, and why each of them failed.
    private static func together(_ errors: [(name: String, error: any Error)]) -> any Error {
        // What says that an object is there, or an upload void, is for whoever knows what to do about it.
        let telling = errors.first { ($0.error as? StoreError).map { $0.code == .exists || $0.mustStartAnew } ?? false }
        let passing = errors.first { ($0.error as? any Failure)?.isTransient ?? false }
        let refusing = errors.first { ($0.error as? StoreError)?.isRefusal ?? false }
        guard let main = telling ?? passing ?? refusing ?? errors.first, errors.count > 1 else {
            return errors.first?.error ?? NightjarError(.internal, "a group of stores with none left")
        }
        let others = errors.filter { $0.name != main.name }
            .map { "\($0.name): \(($0.error as? any Failure)?.message ?? "\($0.error)")" }.joined(separator: "; ")
        let words = "none of its stores can be used. \(main.name): "
        guard let error = main.error as? StoreError else {
            let failure = main.error as? any Failure
            return NightjarError(
                failure?.code ?? .io, "\(words)\(failure?.message ?? "\(main.error)"); \(others)", hint: failure?.hint,
                isTransient: failure?.isTransient ?? false, cause: main.error)
        }
        return StoreError(
            error.code, operation: error.operation, key: error.key, location: error.location,
            reason: "\(error.reason); nor can the others be used: \(others)", hint: error.hint,
            isTransient: error.isTransient, status: error.status, storeCode: error.storeCode,
            mustStartAnew: error.mustStartAnew)
    }

    /// Who gives no answer in time is left behind, cancelled: a disk that hangs may never come back from what it was asked.
    /// - Returns: No outcome for those.
    private func outcomes<Result: Sendable>(
        _ members: [Member], _ patience: Duration, _ work: @escaping @Sendable (Member) async throws -> Result
    ) async throws -> [String: Swift.Result<Result, any Error>] {
        let tasks = members.map { member in (name: member.name, task: Task { try await work(member) }) }
        let (ends, continuation) = AsyncStream<(String, Swift.Result<Result, any Error>)>.makeStream()
        for (name, task) in tasks {
            Task { continuation.yield((name, await task.result)) }
        }
        var limit: Task<Void, Never>?
        defer {
            limit?.cancel()
            for (_, task) in tasks { task.cancel() }
        }
        var outcomes: [String: Swift.Result<Result, any Error>] = [:]
        try await withTaskCancellationHandler {
            for await (name, result) in ends {
                outcomes[name] = result
                if outcomes.count == members.count { break }
                if limit == nil {
                    limit = Task {
                        if (try? await Task.sleep(for: patience)) != nil { continuation.finish() }
                    }
                }
            }
            guard Task.isCancelled else { return }
            // Nothing is to be under way any more for whoever cleans up.
            await Self.end(of: tasks.map(\.task))
            throw CancellationError()
        } onCancel: {
            for (_, task) in tasks { task.cancel() }
        }
        return outcomes
    }

    /// Waits for tasks that are cancelled, but not for one that hangs.
    private static func end<Result: Sendable>(of tasks: [Task<Result, any Error>]) async {
        await Task.detached {
            let (ends, continuation) = AsyncStream<Void>.makeStream()
            Task {
                for task in tasks { _ = await task.result }
                continuation.finish()
            }
            let limit = Task {
                try? await Task.sleep(for: grace)
                continuation.finish()
            }
            for await _ in ends {}
            limit.cancel()
        }.value
    }

    private func silence(_ member: Member, _ limit: Duration) -> StoreError {
        StoreError(
            .unreachable, operation: "use", key: "", location: member.store.location,
            reason: "it gave no answer for \(DurationText.format(limit)) after another store had",
            hint: "What it lacks is copied to it when it answers again.", isTransient: true)
    }

    /// Asks one store after the other, until one answers.
    private func first<Result: Sendable>(_ work: (any ObjectStore) async throws -> Result) async throws -> Result {
        var failure: (any Error)?
        for member in live {
            do {
                return try await work(member.store)
            } catch {
                try Task.checkCancellation()
                failure = failure ?? error
            }
        }
        throw failure ?? NightjarError(.internal, "a group of stores with none left")
    }

    // MARK: Reading

    package func head(_ key: String) async throws -> ObjectInfo? { try await first { try await $0.head(key) } }

    package func get(_ key: String, range: Range<Int64>?) async throws -> ObjectReader {
        try await first { try await $0.get(key, range: range) }
    }

    package func list(prefix: String, after: ListPosition?, limit: Int) async throws -> ListPage {
        try await first { try await $0.list(prefix: prefix, after: after, limit: limit) }
    }

    // MARK: Writing

    /// A store that has exactly these bytes under that key already has what it should: an earlier process may have died
    /// when only some of the stores had them.
    package func create(_ key: String, _ part: Part) async throws -> ObjectInfo {
        let infos = try await all(live) { member in
            do {
                return try await member.store.create(key, part)
            } catch let error as StoreError where error.code == .exists {
                guard let info = try await member.store.head(key), info.size == part.size,
                    try await member.store.get(key, range: nil).collect(limit: part.bytes.count) == part.bytes
                else { throw error }
                return info
            }
        }
        return ObjectInfo(key: key, size: part.size, etag: StoreTags(infos.mapValues(\.etag)).text)
    }

    package func beginUpload(_ key: String, partSize: Int64) async throws -> any ObjectUpload {
        let uploads = try await all(live) { try await $0.store.beginUpload(key, partSize: partSize) }
        return GroupUpload(self, uploads, key: key)
    }

    package func resumeUpload(_ key: String, id: String, partSize: Int64) async throws -> (any ObjectUpload)? {
        guard let ids = StoreTags(id)?.tags else { return nil }
        let asked = live.filter { ids[$0.name] != nil }
        guard !asked.isEmpty else { return nil }
        let resumed = try await all(asked) { member -> (any ObjectUpload)? in
            guard let id = ids[member.name] ?? nil else { return nil }
            return try await member.store.resumeUpload(key, id: id, partSize: partSize)
        }
        let uploads = resumed.compactMapValues { $0 }
        // Whoever only wants to end it needs no other store: those that lack it are dropped with the next part.
        return uploads.isEmpty ? nil : GroupUpload(self, uploads, key: key)
    }

    func missing(_ key: String, _ member: Member) -> StoreError {
        StoreError(
            .io, operation: "go on with the upload of", key: key, location: member.store.location,
            reason: "the store does not know it", hint: "The backup is copied to it from another store.",
            isTransient: true)
    }

    /// All that any of them knows, by ids of its own.
    package func openUploads(prefix: String) async throws -> [OpenUpload] {
        let uploads = try await all(live) { try await $0.store.openUploads(prefix: prefix) }
        return uploads.flatMap { name, uploads in
            uploads.map { OpenUpload(key: $0.key, id: StoreTags([name: $0.id]).text, begun: $0.begun) }
        }
    }

    package func delete(_ key: String) async throws { _ = try await all(live) { try await $0.store.delete(key) } }

    /// Its stores are whoever's they were before.
    package func shutdown() async {}

    /// The members by name.
    func members(named names: some Collection<String>) -> [Member] { members.filter { names.contains($0.name) } }
}
