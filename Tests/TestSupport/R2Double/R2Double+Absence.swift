import Glibc
import Synchronization

/// A store that goes away and comes back.
extension R2Double {
    /// From now on nobody gets an answer, and neither do requests that are under way; until `comeBack`.
    package func leave() {
        inject(.closeBeforeAnswer, times: .max)
        cutConnections()
    }

    /// Cuts the connections that there are; who connects anew is answered.
    package func cutConnections() {
        state.withLock { state in
            for descriptor in state.connections { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    /// Answers again. All injected faults are forgotten.
    package func comeBack() {
        state.withLock { $0.injections = [] }
    }
}
