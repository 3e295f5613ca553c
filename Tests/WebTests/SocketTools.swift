import Foundation
import Glibc
import TestSupport

@testable import Web

/// Runs `body` with the path of a socket that is not there yet.
func withSocketPath(_ body: (String) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in try await body(folder + "/web.sock") }
}

/// A socket that another process might have: bound, and listening unless it is only left behind.
final class ForeignSocket {
    let descriptor: Int32

    init(_ path: String, isListening: Bool) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = unixAddress(path)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0, !isListening || listen(descriptor, 1) == 0 else {
            throw RawClient.Failed(description: "cannot bind \(path): \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }
}

/// The permissions of what is at a path; nil where there is nothing.
func permissions(of path: String) -> mode_t? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.posixPermissions] as? NSNumber).map { mode_t($0.uint16Value) }
}
