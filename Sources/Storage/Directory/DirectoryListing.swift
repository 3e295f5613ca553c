import Glibc

/// Walks the folders of a store in the order of the keys' bytes, opening only those that can hold a wanted key.
struct DirectoryListing {
    private let prefix: String
    private let after: String?
    private let limit: Int
    private var found: [ObjectInfo] = []

    /// A name in a folder; a folder sorts as if a slash ended its name, as its keys do.
    private struct Entry {
        let name: String
        /// Bytes; nil for a folder.
        let size: Int64?
    }

    init(prefix: String, after: String?, limit: Int) {
        self.prefix = prefix
        self.after = after
        self.limit = max(1, limit)
    }

    /// The page below `root`; empty when there is no such folder.
    static func page(of root: Descriptor?, prefix: String, after: String?, limit: Int) throws(SystemError) -> ListPage {
        guard let root else { return ListPage(objects: [], next: nil) }
        var listing = DirectoryListing(prefix: prefix, after: after, limit: limit)
        try listing.visit(root, path: "")
        let objects = Array(listing.found.prefix(listing.limit))
        let isLast = listing.found.count == objects.count
        return ListPage(objects: objects, next: isLast ? nil : objects.last.map { ListPosition(key: $0.key) })
    }

    /// One object more than the limit says that there is another page.
    private var isFull: Bool { found.count > limit }

    private mutating func visit(_ folder: Descriptor, path: String) throws(SystemError) {
        for entry in try entries(of: folder, path: path) {
            if isFull { return }
            let key = path + entry.name
            if let size = entry.size {
                found.append(ObjectInfo(key: key, size: size))
            } else if let below = try folder.folder(String(decoding: entry.name.utf8.dropLast(), as: UTF8.self)) {
                try visit(below, path: key)
            }
        }
    }

    private func entries(of folder: Descriptor, path: String) throws(SystemError) -> [Entry] {
        var entries: [Entry] = []
        for name in try folder.names() where !TemporaryFile.isTemporary(name) {
            // A file system's own folder, which only root may read.
            if path.isEmpty && name == "lost+found" { continue }
            let couldMatch = ObjectKey.begins(path + name, with: prefix) || ObjectKey.begins(prefix, with: path + name)
            guard couldMatch, let status = try folder.status(of: name) else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFREG:
                if wantsObject(path + name) { entries.append(Entry(name: name, size: Int64(status.st_size))) }
            case S_IFDIR:
                if wantsFolder(path + name + "/") { entries.append(Entry(name: name + "/", size: nil)) }
            default:
                continue
            }
        }
        return entries.sorted { ObjectKey.precedes($0.name, $1.name) }
    }

    private func wantsObject(_ key: String) -> Bool {
        guard ObjectKey.begins(key, with: prefix) else { return false }
        guard let after else { return true }
        return ObjectKey.precedes(after, key)
    }

    private func wantsFolder(_ path: String) -> Bool {
        guard ObjectKey.begins(path, with: prefix) || ObjectKey.begins(prefix, with: path) else { return false }
        guard let after else { return true }
        return ObjectKey.precedes(after, path) || ObjectKey.begins(after, with: path)
    }
}
