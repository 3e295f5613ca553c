import CSQLite
import Glibc

/// Where SQLite's memory comes from: glibc, but for small pieces, which a thread that has freed them keeps and gives out again.
///
/// To prepare one statement of a dump takes thousands of pieces of some hundred bytes, which are freed together. SQLite's own
/// answer to that, lookaside memory, is left out of Debian's library, and glibc keeps seven pieces of a size at hand
/// (`glibc.malloc.tcache_count`): a third of an import's time went into searching for the others.
/// <https://www.sqlite.org/c3ref/mem_methods.html>
enum StatementMemory {
    /// Bytes of the largest piece that is kept.
    static let largestKept = 1024
    /// Bytes that a thread keeps at most, with what glibc needs for them; a statement of 250 rows of ten values needs half of it.
    static let mostKept = 1 << 20
    private static let step = 16
    /// Before each piece stands its size, so that a piece has SQLite's alignment of eight bytes.
    private static let header = 8
    /// Of each piece, with glibc's own: malloc(3) rounds up to what a piece and both take.
    private static let overhead = 16

    /// What a thread keeps: lists of pieces of one size, each with the next one's address in it.
    private struct Kept {
        static let lists = largestKept / step + 1

        var bytes = 0
        let heads: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    }

    /// Has SQLite take its memory here; before the first connection.
    static func use() -> Bool {
        guard key != nil, !isSanitized else { return false }
        var methods = sqlite3_mem_methods()
        methods.xMalloc = { StatementMemory.allocate(Int($0)) }
        methods.xFree = { StatementMemory.free($0) }
        methods.xRealloc = { StatementMemory.resize($0, Int($1)) }
        methods.xSize = { piece in piece.map { Int32(truncatingIfNeeded: StatementMemory.size(of: $0)) } ?? 0 }
        methods.xRoundup = { Int32(truncatingIfNeeded: StatementMemory.rounded(Int($0))) }
        methods.xInit = { _ in SQLITE_OK }
        methods.xShutdown = { _ in }
        return nightjar_config_memory(&methods) == SQLITE_OK
    }

    /// A sanitizer sees what is used after it was freed only where it is freed.
    static let isSanitized = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil

    /// Of the thread's own memory; nil where the system has no more of them.
    private static let key: pthread_key_t? = {
        var key = pthread_key_t()
        let code = pthread_key_create(&key) { kept in
            guard let kept else { return }
            StatementMemory.giveBack(kept.assumingMemoryBound(to: Kept.self))
        }
        return code == 0 ? key : nil
    }()

    // MARK: SQLite's methods

    private static func rounded(_ size: Int) -> Int { (size + step - 1) & ~(step - 1) }

    private static func size(of piece: UnsafeMutableRawPointer) -> Int { (piece - header).load(as: Int.self) }

    static func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        guard size > 0 else { return nil }
        let size = rounded(size)
        if size <= largestKept, let kept = kept() {
            let head = kept.pointee.heads + size / step
            if let piece = head.pointee {
                head.pointee = piece.load(as: UnsafeMutableRawPointer?.self)
                kept.pointee.bytes &-= size + overhead
                return piece
            }
        }
        guard let memory = malloc(header + size) else { return nil }
        memory.storeBytes(of: size, as: Int.self)
        return memory + header
    }

    static func free(_ piece: UnsafeMutableRawPointer?) {
        guard let piece else { return }
        let size = size(of: piece)
        guard size <= largestKept, let kept = kept(), kept.pointee.bytes + size + overhead <= mostKept else {
            return Glibc.free(piece - header)
        }
        let head = kept.pointee.heads + size / step
        piece.storeBytes(of: head.pointee, as: UnsafeMutableRawPointer?.self)
        head.pointee = piece
        kept.pointee.bytes &+= size + overhead
    }

    static func resize(_ piece: UnsafeMutableRawPointer?, _ newSize: Int) -> UnsafeMutableRawPointer? {
        guard let piece else { return allocate(newSize) }
        let (old, new) = (size(of: piece), rounded(newSize))
        if old > largestKept, new > largestKept {
            guard let memory = realloc(piece - header, header + new) else { return nil }
            memory.storeBytes(of: new, as: Int.self)
            return memory + header
        }
        guard let moved = allocate(new) else { return nil }
        memcpy(moved, piece, min(old, new))
        free(piece)
        return moved
    }

    // MARK: What a thread keeps

    /// Bytes that the calling thread keeps now.
    static var keptBytes: Int { kept()?.pointee.bytes ?? 0 }

    private static func kept() -> UnsafeMutablePointer<Kept>? {
        guard let key else { return nil }
        if let kept = pthread_getspecific(key) { return kept.assumingMemoryBound(to: Kept.self) }
        // Where there is no memory, SQLite says so, and nobody else.
        guard let kept = calloc(1, MemoryLayout<Kept>.stride)?.bindMemory(to: Kept.self, capacity: 1) else {
            return nil
        }
        guard let heads = calloc(Kept.lists, MemoryLayout<UnsafeMutableRawPointer?>.stride) else {
            Glibc.free(kept)
            return nil
        }
        kept.initialize(to: Kept(heads: heads.bindMemory(to: UnsafeMutableRawPointer?.self, capacity: Kept.lists)))
        guard pthread_setspecific(key, kept) == 0 else {
            giveBack(kept)
            return nil
        }
        return kept
    }

    /// Called with what a thread has kept when it ends.
    private static func giveBack(_ kept: UnsafeMutablePointer<Kept>) {
        let heads = kept.pointee.heads
        for index in 0..<Kept.lists {
            while let piece = heads[index] {
                heads[index] = piece.load(as: UnsafeMutableRawPointer?.self)
                Glibc.free(piece - header)
            }
        }
        Glibc.free(heads)
        Glibc.free(kept)
    }
}
