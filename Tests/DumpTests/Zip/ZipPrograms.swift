import Model
import TestSupport
import Zlib

@testable import Restore

/// What other programs find in an archive.
enum ZipPrograms {
    struct Listed: Equatable, Sendable {
        let name: String
        let size: Int64
        let crc32: String
        /// By MS-DOS's date and time.
        let modified: String
        /// Octal.
        let mode: String
        let version: Int
    }

    /// `unzip -t`
    /// - Parameter names: Of the entries to be tested; of all where there are none.
    static func unzipTest(_ path: String, _ names: [String] = []) async throws -> RunningCommand.Outcome {
        try await Command.run(["unzip", "-tq", path] + names)
    }

    /// What Python's zipfile lists, after it has compared a local header with the directory for each entry.
    /// - Parameter readsAll: Whether it reads all of them and compares their CRC-32 as well.
    static func python(_ path: String, readsAll: Bool) async throws -> [Listed] {
        let script = """
            import struct, sys, zipfile
            path, reads_all = sys.argv[1], sys.argv[2] == "1"
            with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
                for entry in archive.infolist():
                    file.seek(entry.header_offset)
                    header = struct.unpack("<4s5H3L2H", file.read(30))
                    name = file.read(header[9]).decode("utf-8")
                    extra = file.read(header[10])
                    sizes = header[7], header[8]
                    while extra:
                        kind, length = struct.unpack("<HH", extra[:4])
                        if kind == 1:
                            sizes = struct.unpack("<QQ", extra[4:4 + length])
                        extra = extra[4 + length:]
                    assert (name, header[1], header[6]) == (entry.filename, entry.extract_version, entry.CRC)
                    assert sizes == (entry.compress_size, entry.file_size), sizes
                    modified = "%d-%02d-%02dT%02d:%02d:%02d" % entry.date_time
                    print(entry.filename, entry.file_size, "%08x" % entry.CRC, modified,
                          "%o" % (entry.external_attr >> 16), entry.extract_version, sep="\\t")
                assert not reads_all or archive.testzip() is None, archive.testzip()
            """
        let outcome = try await Command.run(["python3", "-c", script, path, readsAll ? "1" : "0"])
        guard outcome.exitCode == 0 else { throw CommandError("\(outcome)") }
        return outcome.text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 6, let size = Int64(fields[1]), let version = Int(fields[5]) else { return nil }
            return Listed(
                name: fields[0], size: size, crc32: fields[2], modified: fields[3], mode: fields[4], version: version)
        }
    }

    /// What shall be listed of an archive without ZIP64.
    static func listing(of made: MadeArchive) -> [Listed] {
        made.archive.entries.map { entry in
            Listed(
                name: entry.name, size: entry.size, crc32: CRC32.text(of: entry.crc32), modified: "2026-03-15T02:30:00",
                mode: "100644", version: 20)
        }
    }
}
