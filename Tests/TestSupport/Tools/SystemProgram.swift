import Foundation

/// Programs of the system that a test needs, such as mount(8).
package enum SystemProgram {
    /// Runs one to its end.
    /// - Returns: Whether it could be started and ended well; what it complains about goes nowhere.
    package static func succeeds(_ name: String, _ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name] + arguments
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            return false
        }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
