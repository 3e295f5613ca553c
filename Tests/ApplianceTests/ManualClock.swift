import Appliance
import Model
import Synchronization

/// A clock that stands still until a test moves it.
final class ManualClock: WallClock {
    private struct State {
        var now: Timestamp
        var asked: Timestamp?
        var continuation: AsyncStream<Void>.Continuation?
    }

    private let state: Mutex<State>

    init(_ now: Timestamp) {
        state = Mutex(State(now: now))
    }

    /// A new one for each daemon: a stream ends with the task that listens to it.
    var wakeups: AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        state.withLock { $0.continuation = continuation }
        return stream
    }

    var now: Timestamp { state.withLock { $0.now } }
    /// When the daemon asked to be woken.
    var asked: Timestamp? { state.withLock { $0.asked } }

    func wake(at time: Timestamp) { state.withLock { $0.asked = time } }

    /// Somebody sets the clock, or time goes by.
    func set(_ time: Timestamp) {
        let continuation = state.withLock { state in
            state.now = time
            return state.continuation
        }
        continuation?.yield()
    }

    func advance(seconds: Int64) { set(Timestamp(seconds: now.seconds + seconds)) }
}
