import Glibc
import Model
import Pipeline
import Restore

/// Verification reports as a file: JSON for programs, HTML to read and print.
///
/// It is made beside its place before the work begins, so that a place that cannot be written is known then, and gets its
/// name when it is whole.
package final class ReportFile: Sendable {
    package enum Format: Sendable {
        case json, html

        /// By the file's name.
        package init?(path: String) {
            if path.hasSuffix(".json") {
                self = .json
            } else if path.hasSuffix(".html") {
                self = .html
            } else {
                return nil
            }
        }
    }

    private let path: String
    private let format: Format
    private let temporaryPath: String
    private let descriptor: Int32

    /// - Throws: code `usage` where the name says no format, `exists` where nothing can be written there.
    package init(path: String) throws(NightjarError) {
        guard let format = Format(path: path) else {
            throw NightjarError(.usage, "the name of the report \(path) has to end with .json or .html")
        }
        var facts = stat()
        if stat(path, &facts) == 0, facts.st_mode & S_IFMT != S_IFREG {
            throw NightjarError(.exists, "\(path) is there and is not a regular file")
        }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let temporary = "\(folder).nightjar-report-\(getpid())-\(UInt32.random(in: 0 ... .max)).tmp"
        let opened = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard opened >= 0 else {
            throw NightjarError(.exists, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        self.path = path
        self.format = format
        temporaryPath = temporary
        descriptor = opened
    }

    deinit {
        close(descriptor)
        // Gone already where the report has its name.
        unlink(temporaryPath)
    }

    /// Writes the report, once; it replaces that of an earlier verification.
    package func write(_ reports: [VerificationReport]) throws {
        var text =
            switch format {
            case .html: reports.html
            case .json: try JSONText.text(["reports": reports]) + "\n"
            }
        let isWritten = text.withUTF8 { bytes in
            WholeWrite.write(UnsafeRawBufferPointer(bytes), to: descriptor) && fsync(descriptor) == 0
        }
        guard isWritten, rename(temporaryPath, path) == 0 else { throw SmallFile.failure("write", path) }
    }
}
