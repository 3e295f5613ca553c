import Glibc
import Settings

@testable import YAML

extension FuzzTarget {
    /// A configuration is read, or refused with what is wrong in which of its lines.
    static let settings = FuzzTarget(name: "settings") { bytes in
        for (mark, range) in YAMLDocument.scalarRanges(bytes) {
            try require(
                range.upperBound <= bytes.count, "the value at \(mark.line):\(mark.column) ends at \(range.upperBound)")
        }
        try withFile(bytes) { path in
            let configuration: Configuration
            do throws(ConfigurationError) {
                configuration = try Configuration.load(path: path, environment: [:], secretsFolder: "/nonexistent")
            } catch {
                try require(!error.complaints.isEmpty, "it is refused without a complaint")
                try requirePrintable(error.description)
                for complaint in error.complaints where complaint.file == path {
                    // Behind the last line there may be an empty one.
                    try require(
                        complaint.line <= bytes.count + 1, "line \(complaint.line) is behind the end: \(complaint)")
                }
                return
            }
            let names = configuration.databases.map(\.name)
            try require(Set(names).count == names.count, "two databases have one name: \(names)")
            for note in configuration.readingNotes { try requirePrintable(note) }
        }
    }

    /// A file that goes with its descriptor, and has a path until then.
    private static func withFile(_ bytes: [UInt8], _ body: (_ path: String) throws -> Void) throws {
        var template = Array("/tmp/nightjar-fuzz.XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try require(descriptor >= 0, "no temporary file: \(String(cString: strerror(errno)))")
        defer { close(descriptor) }
        unlink(template)
        try require(
            write(descriptor, bytes, bytes.count) == bytes.count, "the temporary file takes no \(bytes.count) bytes")
        try body("/proc/self/fd/\(descriptor)")
    }
}
