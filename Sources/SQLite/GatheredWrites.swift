import CSQLite
import Glibc

/// A way for SQLite to write a new file from its beginning to its end: pages that lie behind each other go to the system together,
/// and from a thread of their own, so that the next ones are read at the same time.
///
/// It stands between SQLite and its own VFS (<https://www.sqlite.org/vfs.html>): writes are gathered until there are
/// `WriteBehind.capacity` bytes, or until something else than the next bytes is written or read. An error shows with a call that
/// comes after, so whoever has written asks with `Database.writeGathered()` whether all of it was taken. Journals and temporary
/// files are not gathered. For one connection that nobody else reads beside.
enum GatheredWrites {
    static let name = "nightjar-gathered"
    /// What `sqlite3_file_control` is asked with to write what is gathered; numbers up to 100 are SQLite's.
    static let writeNow: Int32 = 0x4E4A

    /// Whether SQLite knows the VFS.
    static let isRegistered: Bool = {
        guard let base = sqlite3_vfs_find(nil) else { return false }
        let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        // All but opening is the base's own: it finds what it needs in its own fields, which the copy has, too.
        vfs.initialize(to: base.pointee)
        vfs.pointee.zName = UnsafePointer(strdup(name))
        vfs.pointee.pNext = nil
        vfs.pointee.szOsFile = Int32(GatheredFile.size) + base.pointee.szOsFile
        vfs.pointee.xOpen = { _, path, file, flags, outFlags in
            guard let file, let base = sqlite3_vfs_find(nil) else { return SQLITE_CANTOPEN }
            guard flags & SQLITE_OPEN_MAIN_DB != 0 else {
                return base.pointee.xOpen(base, path, file, flags, outFlags)
            }
            return GatheredFile.open(file) { base.pointee.xOpen(base, path, $0, flags, outFlags) }
        }
        return sqlite3_vfs_register(vfs, 0) == SQLITE_OK
    }()
}

extension Database {
    /// Writes what is gathered of a database that was opened with `.gathered`.
    /// - Throws: Why the system has not taken it: FULL, IOERR.
    package func writeGathered() throws(SQLiteError) {
        let code = sqlite3_file_control(handle, "main", GatheredWrites.writeNow, nil)
        // Another VFS does not know the question, and gathers nothing.
        guard code == SQLITE_OK || code == SQLITE_NOTFOUND else {
            throw SQLiteError(
                code: code, message: String(cString: sqlite3_errstr(code)), operation: "writing \(path)")
        }
    }
}

/// What SQLite takes for an open file: behind these fields lies the file of its own VFS.
private struct GatheredFile {
    var file: sqlite3_file
    let writes: WriteBehind

    /// Bytes, so that what lies behind is aligned for everything.
    static let size = (MemoryLayout<GatheredFile>.size + 15) & ~15

    private typealias Pointer = UnsafeMutablePointer<GatheredFile>

    static func open(
        _ memory: UnsafeMutablePointer<sqlite3_file>, _ openInner: (UnsafeMutablePointer<sqlite3_file>) -> Int32
    ) -> Int32 {
        let gathered = UnsafeMutableRawPointer(memory).assumingMemoryBound(to: GatheredFile.self)
        // SQLite closes what has methods, also where opening it has failed.
        memory.pointee.pMethods = nil
        let code = openInner(inner(gathered))
        guard code == SQLITE_OK else {
            if inner(gathered).pointee.pMethods != nil {
                _ = inner(gathered).pointee.pMethods.pointee.xClose(inner(gathered))
            }
            return code
        }
        gathered.initialize(
            to: GatheredFile(file: sqlite3_file(pMethods: methods), writes: WriteBehind(inner(gathered))))
        return SQLITE_OK
    }

    private static func inner(_ gathered: Pointer) -> UnsafeMutablePointer<sqlite3_file> {
        (UnsafeMutableRawPointer(gathered) + size).assumingMemoryBound(to: sqlite3_file.self)
    }

    private static func gathered(_ file: UnsafeMutablePointer<sqlite3_file>?) -> Pointer {
        UnsafeMutableRawPointer(file.unsafelyUnwrapped).assumingMemoryBound(to: GatheredFile.self)
    }

    /// Asks SQLite's own file, behind what is gathered: nobody writes to it meanwhile.
    private static func afterWriting(
        _ file: UnsafeMutablePointer<sqlite3_file>?,
        _ body: (UnsafeMutablePointer<sqlite3_file>, sqlite3_io_methods) -> Int32
    ) -> Int32 {
        let gathered = gathered(file)
        let code = gathered.pointee.writes.settle()
        return code == SQLITE_OK ? body(inner(gathered), inner(gathered).pointee.pMethods.pointee) : code
    }

    /// Asks SQLite's own file for what writes have nothing to do with, also while the thread writes: without mapped pages and
    /// without sizes of chunks, nothing of it is touched that writing touches. Waiting here would end the gathering, since hints
    /// of the file's size come with single pages.
    private static func asking(
        _ file: UnsafeMutablePointer<sqlite3_file>?,
        _ body: (UnsafeMutablePointer<sqlite3_file>, sqlite3_io_methods) -> Int32
    ) -> Int32 {
        let inner = inner(gathered(file))
        return body(inner, inner.pointee.pMethods.pointee)
    }

    /// Version 1: no shared memory, and no mapped pages that would miss what is gathered.
    // Unsafe in name alone: it is filled once, before anybody has the pointer, and nobody writes to it after that.
    nonisolated(unsafe) private static let methods: UnsafePointer<sqlite3_io_methods> = {
        let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        methods.initialize(to: sqlite3_io_methods())
        methods.pointee.iVersion = 1
        methods.pointee.xClose = { file in
            // Nobody hears of an error any more: who needs to know has asked before.
            _ = GatheredFile.gathered(file).pointee.writes.settle()
            let code = GatheredFile.asking(file) { $1.xClose($0) }
            GatheredFile.gathered(file).deinitialize(count: 1)
            return code
        }
        methods.pointee.xRead = { file, target, count, offset in
            GatheredFile.afterWriting(file) { $1.xRead($0, target, count, offset) }
        }
        methods.pointee.xWrite = { file, bytes, count, offset in
            guard let bytes else { return SQLITE_IOERR }
            return GatheredFile.gathered(file).pointee.writes.write(bytes, Int(count), at: offset)
        }
        methods.pointee.xTruncate = { file, size in GatheredFile.afterWriting(file) { $1.xTruncate($0, size) } }
        methods.pointee.xSync = { file, flags in GatheredFile.afterWriting(file) { $1.xSync($0, flags) } }
        methods.pointee.xFileSize = { file, size in GatheredFile.afterWriting(file) { $1.xFileSize($0, size) } }
        methods.pointee.xLock = { file, lock in GatheredFile.asking(file) { $1.xLock($0, lock) } }
        methods.pointee.xUnlock = { file, lock in GatheredFile.afterWriting(file) { $1.xUnlock($0, lock) } }
        methods.pointee.xCheckReservedLock = { file, result in
            GatheredFile.asking(file) { $1.xCheckReservedLock($0, result) }
        }
        methods.pointee.xFileControl = { file, operation, argument in
            if operation == GatheredWrites.writeNow { return GatheredFile.gathered(file).pointee.writes.settle() }
            return GatheredFile.asking(file) { $1.xFileControl($0, operation, argument) }
        }
        methods.pointee.xSectorSize = { file in GatheredFile.asking(file) { $1.xSectorSize($0) } }
        methods.pointee.xDeviceCharacteristics = { file in
            GatheredFile.asking(file) { $1.xDeviceCharacteristics($0) }
        }
        return UnsafePointer(methods)
    }()
}
