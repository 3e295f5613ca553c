import Glibc
import Model

/// Walks the folders of a store for the files of uploads that have not come to their end, and sweeps what else killed processes
/// have left, whose locks went with them: into a dump's own folder nobody may ever write again, and find it there.
struct UploadListing {
    private let prefix: String
    private var found: [OpenUpload] = []

    private init(prefix: String) {
        self.prefix = prefix
    }

    /// The uploads below `root`, in the order of their keys' bytes; none when there is no such folder.
    static func uploads(below root: Descriptor?, prefix: String) throws(SystemError) -> [OpenUpload] {
        guard let root else { return [] }
        var listing = UploadListing(prefix: prefix)
        try listing.visit(root, path: "")
        return listing.found.sorted { ObjectKey.precedes($0.key, $1.key) }
    }

    private mutating func visit(_ folder: Descriptor, path: String) throws(SystemError) {
        try TemporaryFile.sweepWithoutUploads(folder)
        for name in try folder.names() {
            if let object = UploadFile.object(of: name) {
                let key = path + object
                guard ObjectKey.begins(key, with: prefix), let status = try folder.status(of: name),
                    status.st_mode & S_IFMT == S_IFREG
                else { continue }
                let written = Timestamp(seconds: Int64(status.st_mtim.tv_sec))
                found.append(OpenUpload(key: key, id: name, begun: written))
            } else if let below = try wantedFolder(name, in: folder, path: path) {
                try visit(below, path: path + name + "/")
            }
        }
    }

    private func wantedFolder(_ name: String, in folder: Descriptor, path: String) throws(SystemError) -> Descriptor? {
        // A file system's own folder, which only root may read.
        if path.isEmpty && name == "lost+found" { return nil }
        let below = path + name + "/"
        guard ObjectKey.begins(below, with: prefix) || ObjectKey.begins(prefix, with: below),
            let status = try folder.status(of: name), status.st_mode & S_IFMT == S_IFDIR
        else { return nil }
        return try folder.folder(name)
    }
}
