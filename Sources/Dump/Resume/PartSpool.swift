import Glibc
import Model
import Pipeline
import XXHash

/// The bytes of parts that are not known to be in the store, one file a part, in the run's own folder; and what frames of an
/// encrypted object have left of a chunk that is not encrypted yet.
struct PartSpool: Sendable {
    /// Of so many frames the tail is kept, each at most a chunk of 64 KiB: more than there are in the parts that wait
    /// for the store, also where their text shrinks to a hundredth.
    private static let tailsKept = 1024

    private let folder: String

    init(folder: String) {
        self.folder = folder
    }

    /// A part on its way to the store.
    struct Piece: Sendable {
        /// Counted from 1.
        let number: Int
        let bytes: [UInt8]
        /// The name of the object that it is a part of.
        let object: String
        /// Whether it is the object's last one.
        var isLast = false
    }

    /// Writes more of a part.
    /// - Parameter offset: How much of it is there; what lies behind is cut off.
    func write(_ bytes: ArraySlice<UInt8>, of number: Int, at offset: Int) throws(NightjarError) {
        try write(bytes, to: path(of: number), at: offset)
    }

    /// Keeps what the frame `number` has left, in the place of the tail of an earlier one.
    func keep(tail: [UInt8], ofFrame number: Int) throws(NightjarError) -> ExportJournal.PartHash {
        let place = number % Self.tailsKept
        try write(tail[...], to: path(ofTail: place), at: 0)
        return .init(number: place, size: tail.count, hash: Self.hash(tail))
    }

    private func write(_ bytes: ArraySlice<UInt8>, to path: String, at offset: Int) throws(NightjarError) {
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw RunFolderFailure.explain("open", path) }
        defer { close(file) }
        guard ftruncate(file, off_t(offset)) == 0 else { throw RunFolderFailure.explain("write", path) }
        var done = 0
        while done < bytes.count {
            let start = done
            let count = bytes.withUnsafeBytes {
                pwrite(file, $0.baseAddress.map { $0 + start }, $0.count - start, off_t(offset + start))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw RunFolderFailure.explain("write", path) }
            done += count
        }
    }

    /// The first `count` bytes of a part, if they are there and have that hash.
    func read(_ number: Int, count: Int, hash: UInt128) -> [UInt8]? {
        read(path(of: number), count: count, hash: hash)
    }

    /// What `keep(tail:)` was given; nil where something else is there.
    func read(_ tail: ExportJournal.PartHash) -> [UInt8]? {
        read(path(ofTail: tail.number), count: tail.size, hash: tail.hash)
    }

    private func read(_ path: String, count: Int, hash: UInt128) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = 0
            while filled < count, let base = buffer.baseAddress {
                let got = pread(file, base + filled, count - filled, off_t(filled))
                if got < 0 && errno == EINTR { continue }
                guard got > 0 else { return }
                filled += got
            }
        }
        guard bytes.count == count, Self.hash(bytes) == hash else { return nil }
        return bytes
    }

    func remove(_ number: Int) {
        unlink(path(of: number))
    }

    static func hash(_ bytes: [UInt8]) -> UInt128 {
        bytes.withUnsafeBytes { XXH3Hasher.hash($0) }
    }

    private func path(of number: Int) -> String { "\(folder)/part-\(number)" }
    private func path(ofTail place: Int) -> String { "\(folder)/tail-\(place)" }
}

/// Why a file of the run's own folder could not be used.
enum RunFolderFailure {
    static func explain(_ operation: String, _ path: String) -> NightjarError {
        let code = errno
        let isFull = code == ENOSPC || code == EDQUOT
        return NightjarError(
            .io, "cannot \(operation) \(path): \(String(cString: strerror(code)))",
            hint: isFull
                ? "Free space on its disk, or point scratch_dir to a larger one."
                : "Look at the disk of \(path) and at its permissions, then try again.",
            isTransient: true, lacksSpace: isFull)
    }
}
