import Foundation
import Glibc

/// A directory could not be made for a test.
package struct TemporaryDirectoryError: Error, CustomStringConvertible {
    package let description: String
}

/// Runs `body` with the path of a new, empty directory (mode 0700, no trailing slash), and removes the directory
/// with all that is in it afterwards, also when `body` throws.
package func withTemporaryDirectory<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let path = try makeTemporaryDirectory()
    defer { removeTemporaryDirectory(path) }
    return try await body(path)
}

/// The same for a body that never suspends.
package func withTemporaryDirectory<Value>(_ body: (String) throws -> Value) throws -> Value {
    let path = try makeTemporaryDirectory()
    defer { removeTemporaryDirectory(path) }
    return try body(path)
}

private func makeTemporaryDirectory() throws -> String {
    let parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
    var template = Array("\(parent)/nightjar-test-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer -> String? in
        guard let base = buffer.baseAddress, let path = mkdtemp(base) else { return nil }
        return String(cString: path)
    }
    guard let path = made else {
        throw TemporaryDirectoryError(description: "mkdtemp in \(parent): \(String(cString: strerror(errno)))")
    }
    return path
}

/// Folders that a test made unwritable are opened again first, or they could not be emptied.
private func removeTemporaryDirectory(_ path: String) {
    let manager = FileManager.default
    if (try? manager.removeItem(atPath: path)) != nil { return }
    for name in manager.enumerator(atPath: path)?.compactMap({ $0 as? String }) ?? [] {
        _ = chmod("\(path)/\(name)", 0o700)
    }
    _ = chmod(path, 0o700)
    try? manager.removeItem(atPath: path)
}
