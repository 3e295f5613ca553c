import NIOCore
import Synchronization

/// The connections that are open, so many at most, and the tasks that answer on them.
final class Connections: Sendable {
    enum Admission: Equatable {
        /// `start` or `remove` has to follow.
        case admitted
        /// There is no room. Only so many at a time are told so at leisure: they take room, too.
        case refused(mayLinger: Bool)
    }

    private struct Entry {
        let channel: any Channel
        let door: Endpoint.Door
        var task: Task<Void, Never>?
    }

    private struct State {
        var open: [ObjectIdentifier: Entry] = [:]
        /// Connections that have been refused, and are not closed yet.
        var refused = 0
        var isEnding = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let limits: ServerLimits
    private let state = Mutex(State())

    init(_ limits: ServerLimits) {
        self.limits = limits
    }

    func admit(_ channel: any Channel, at door: Endpoint.Door) -> Admission {
        let limit = door == .control ? limits.controlConnections : limits.connections
        let admission = state.withLock { state -> Admission in
            let count = state.open.values.count(where: { $0.door == door })
            guard count < limit, !state.isEnding else {
                guard state.refused < limits.refusals, !state.isEnding else { return .refused(mayLinger: false) }
                state.refused += 1
                return .refused(mayLinger: true)
            }
            state.open[ObjectIdentifier(channel)] = Entry(channel: channel, door: door)
            return .admitted
        }
        if admission == .refused(mayLinger: true) {
            channel.closeFuture.whenComplete { _ in self.state.withLock { $0.refused -= 1 } }
        }
        return admission
    }

    /// Runs `body`, which ends with the connection.
    func start(_ channel: any Channel, _ body: @escaping @Sendable () async -> Void) {
        state.withLock { state -> Void in
            // No child of any task: it outlives the server's cancellation for as long as `end` lets it.
            state.open[ObjectIdentifier(channel)]?.task = Task {
                await body()
                remove(channel)
            }
        }
    }

    func remove(_ channel: any Channel) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.open[ObjectIdentifier(channel)] = nil
            guard state.open.isEmpty else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Lets answers that are owed be finished, and closes what is left after `grace`.
    func end(within grace: TimeAmount) async {
        let channels = state.withLock { state -> [any Channel] in
            state.isEnding = true
            return state.open.values.map(\.channel)
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        let closing = Task {
            try await Task.sleep(for: .nanoseconds(grace.nanoseconds))
            closeAll()
        }
        await drained()
        closing.cancel()
    }

    private func closeAll() {
        let open = state.withLock { Array($0.open.values) }
        for entry in open {
            entry.channel.close(promise: nil)
            entry.task?.cancel()
        }
    }

    private func drained() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state -> Bool in
                if !state.open.isEmpty { state.waiters.append(continuation) }
                return state.open.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
    }
}
