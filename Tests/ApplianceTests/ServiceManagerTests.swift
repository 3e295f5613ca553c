import Appliance
import Foundation
import Glibc
import TestSupport
import Testing

@Suite("What systemd is told")
struct ServiceManagerTests {
    @Test("goes to the socket in NOTIFY_SOCKET", arguments: [false, true])
    func notifies(isAbstract: Bool) throws {
        try withTemporaryDirectory { path in
            let name = isAbstract ? "@nightjar-\(UUID().uuidString)" : path + "/notify"
            let receiver = try DatagramReceiver(name)
            let manager = ServiceManager(environment: ["NOTIFY_SOCKET": name])
            manager.ready(status: "2 databases")
            #expect(receiver.next() == "READY=1\nSTATUS=2 databases")
            manager.feedWatchdog()
            #expect(receiver.next() == "WATCHDOG=1")
            manager.reloading()
            #expect(receiver.next().hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
        }
    }

    @Test("the watchdog is fed at half of its time, where it is meant for this process")
    func watchdog() {
        #expect(ServiceManager(environment: ["WATCHDOG_USEC": "30000000"]).watchdogInterval == .seconds(15))
        let own = ["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "\(getpid())"]
        #expect(ServiceManager(environment: own).watchdogInterval == .seconds(15))
        #expect(
            ServiceManager(environment: ["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"]).watchdogInterval == nil)
        #expect(ServiceManager(environment: [:]).watchdogInterval == nil)
    }
}

/// A datagram socket as systemd has it.
private final class DatagramReceiver {
    private let descriptor: Int32

    init(_ name: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        if name.hasPrefix("@") { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count + (name.hasPrefix("@") ? 0 : 1))
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard code == 0 else { throw CommandError("bind \(name): \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    func next() -> String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
}
