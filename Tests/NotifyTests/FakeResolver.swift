import Model
import Notify
import Synchronization

/// A DNS that says what a test wants, and the next time something else.
final class FakeResolver: HostResolver {
    private struct State {
        var answers: [String: [[IPAddress]]]
        var asked: [String] = []
    }

    private let state: Mutex<State>

    /// - Parameter answers: by name, one list of addresses after the other; the last one stays.
    init(_ answers: [String: [[String]]] = [:]) {
        state = Mutex(State(answers: answers.mapValues { lists in lists.map { $0.compactMap { IPAddress($0) } } }))
    }

    /// The names that were asked for, in order.
    var asked: [String] { state.withLock { $0.asked } }

    func addresses(of host: String) async throws(TargetRefusal) -> [IPAddress] {
        let answer = state.withLock { state -> [IPAddress]? in
            state.asked.append(host)
            guard let lists = state.answers[host], let first = lists.first else { return nil }
            if lists.count > 1 { state.answers[host] = Array(lists.dropFirst()) }
            return first
        }
        guard let answer else { throw TargetRefusal("there is no \(host)", isTransient: true) }
        return answer
    }
}
