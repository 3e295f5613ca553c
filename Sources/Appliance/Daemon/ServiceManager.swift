import Glibc
import Log
import Model

/// Tells systemd how the daemon is: <https://www.freedesktop.org/software/systemd/man/252/sd_notify.html>.
/// Says nothing where nobody listens.
package struct ServiceManager: Sendable {
    private let address: UnixAddress?
    /// How often `feedWatchdog` is to be called, half of what systemd waits for; nil where it does not watch.
    package let watchdogInterval: Duration?

    package init(environment: [String: String]) {
        address = environment["NOTIFY_SOCKET"].map { UnixAddress($0) }
        let isMeant = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdogInterval = isMeant && microseconds > 0 ? .microseconds(microseconds / 2) : nil
    }

    /// - Parameter status: One line for `systemctl status`.
    package func ready(status: String) { send("READY=1\nSTATUS=\(status)") }

    package func status(_ text: String) { send("STATUS=\(text)") }

    /// A reload has begun; `ready` says that it is over.
    package func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        send("RELOADING=1\nMONOTONIC_USEC=\(Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000)")
    }

    package func stopping(status: String) { send("STOPPING=1\nSTATUS=\(status)") }

    package func feedWatchdog() { send("WATCHDOG=1") }

    private func send(_ message: String) {
        guard let address else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        _ = address.send(Array(message.utf8), through: descriptor)
    }
}
