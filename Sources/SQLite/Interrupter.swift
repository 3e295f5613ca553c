import CSQLite
import Synchronization

/// Ends a connection's running statement from any thread: <https://www.sqlite.org/c3ref/interrupt.html>.
package final class Interrupter: Sendable {
    // The pointer is only ever handed to sqlite3_interrupt, which any thread may call while the connection is open.
    private struct Connection: @unchecked Sendable {
        var handle: OpaquePointer?
    }

    private let connection: Mutex<Connection>

    init(_ handle: OpaquePointer) {
        connection = Mutex(Connection(handle: handle))
    }

    package func interrupt() {
        connection.withLock { connection in
            if let handle = connection.handle { sqlite3_interrupt(handle) }
        }
    }

    func invalidate() {
        connection.withLock { $0.handle = nil }
    }
}
