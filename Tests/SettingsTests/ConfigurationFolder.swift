import Foundation
import Glibc
import Settings
import TestSupport

/// A folder of its own with a configuration in it.
struct ConfigurationFolder {
    /// Absolute, without doubled slashes.
    let path: String
    var environment: [String: String]

    /// A machine of its own: in UTC, and without time zones until somebody writes some.
    var zoneFiles: ZoneFiles {
        ZoneFiles(folder: "\(path)/zoneinfo", localtime: "\(path)/etc/localtime", timezone: "\(path)/etc/timezone")
    }

    func write(_ text: String, to name: String = "nightjar.yaml", mode: mode_t = 0o600) throws {
        try write(Data(text.utf8), to: name, mode: mode)
    }

    func write(_ data: Data, to name: String, mode: mode_t = 0o600) throws {
        let file = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
        guard chmod(file.path, mode) == 0 else { throw CocoaError(.fileWriteNoPermission) }
    }

    func load() throws(ConfigurationError) -> Configuration {
        try Configuration.load(
            path: "\(path)/nightjar.yaml", environment: environment, secretsFolder: "\(path)/secrets",
            zoneFiles: zoneFiles)
    }

    /// All complaints, without the folder and the main file's name.
    func complaints() -> [String] {
        do throws(ConfigurationError) {
            _ = try load()
            return []
        } catch {
            return error.complaints.map {
                $0.description.replacingOccurrences(of: "\(path)/nightjar.yaml:", with: "")
                    .replacingOccurrences(of: "\(path)/", with: "")
            }
        }
    }
}

/// Runs `body` with a folder that holds `yaml` and, under their relative paths, `files`.
func withConfiguration<Value>(
    _ yaml: String, environment: [String: String] = [:], files: [String: String] = [:],
    _ body: (ConfigurationFolder) throws -> Value
) throws -> Value {
    try withTemporaryDirectory { directory in
        let path = "/" + directory.split(separator: "/").joined(separator: "/")
        let folder = ConfigurationFolder(path: path, environment: environment)
        try folder.write(yaml)
        for (name, text) in files { try folder.write(text, to: name) }
        return try body(folder)
    }
}

/// What is wrong with a configuration of one file.
func complaints(about yaml: String, environment: [String: String] = [:]) throws -> [String] {
    try withConfiguration(yaml, environment: environment) { $0.complaints() }
}

/// A configuration of one file.
func configuration(_ yaml: String, environment: [String: String] = [:]) throws -> Configuration {
    try withConfiguration(yaml, environment: environment) { try $0.load() }
}

/// A text and the complaints that it must raise.
struct ComplaintCase: Sendable, CustomStringConvertible {
    let yaml: String
    let expected: [String]

    init(_ yaml: String, _ expected: String...) {
        self.yaml = yaml
        self.expected = expected
    }

    var description: String { yaml }
}
