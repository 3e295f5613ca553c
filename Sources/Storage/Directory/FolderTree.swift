import Glibc

/// Opens and makes the folders of a store. Below the root no symbolic link is followed.
struct FolderTree: Sendable {
    /// May itself be, or lead through, symbolic links.
    let root: String

    /// The folder `components` below the root, or nil when it is not there.
    func open(_ components: [String]) throws(SystemError) -> Descriptor? {
        guard var folder = try Self.openFolder(root) else { return nil }
        for component in components {
            guard let next = try folder.folder(component) else { return nil }
            folder = next
        }
        return folder
    }

    /// The same folder, made with mode 0700 where it is not there, durably.
    func make(_ components: [String]) throws(SystemError) -> Descriptor {
        var folder = try Self.makeFolder(root)
        for component in components {
            if let next = try folder.folder(component) {
                folder = next
                continue
            }
            try folder.makeFolder(component)
            guard let next = try folder.folder(component) else { throw SystemError(number: ENOENT) }
            folder = next
        }
        return folder
    }

    private static func openFolder(_ path: String) throws(SystemError) -> Descriptor? {
        let number = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if number < 0 {
            if errno == ENOENT { return nil }
            throw SystemError.last
        }
        return Descriptor(number)
    }

    private static func makeFolder(_ path: String) throws(SystemError) -> Descriptor {
        if let folder = try openFolder(path) { return folder }
        let components = path.split(separator: "/")
        guard let name = components.last else { throw SystemError(number: ENOENT) }
        let start = path.hasPrefix("/") ? "/" : "./"
        let parent = try makeFolder(start + components.dropLast().joined(separator: "/"))
        try parent.makeFolder(String(name))
        guard let folder = try openFolder(path) else { throw SystemError(number: ENOENT) }
        return folder
    }
}

extension Descriptor {
    /// The folder `name` in this one, or nil when it is not there.
    func folder(_ name: String) throws(SystemError) -> Descriptor? {
        let found = openat(number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if found < 0 {
            if errno == ENOENT { return nil }
            throw SystemError.last
        }
        return Descriptor(found)
    }

    fileprivate func makeFolder(_ name: String) throws(SystemError) {
        guard mkdirat(number, name, 0o700) == 0 || errno == EEXIST else { throw SystemError.last }
        try synchronize()
    }

    /// Size and kind of `name` in this folder, or nil when it is not there; a symbolic link is not followed.
    func status(of name: String) throws(SystemError) -> stat? {
        var status = stat()
        if fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return status }
        if errno == ENOENT { return nil }
        throw SystemError.last
    }

    /// Makes this folder's entries durable.
    func synchronize() throws(SystemError) {
        if fsync(number) == 0 { return }
        // Some network file systems cannot, and need not.
        if errno == EINVAL || errno == EOPNOTSUPP { return }
        throw SystemError.last
    }

    /// The names in this folder that are valid UTF-8, in no order.
    func names() throws(SystemError) -> [String] {
        var names: [String] = []
        _ = try firstName { name in
            names.append(name)
            return false
        }
        return names
    }

    /// The first name, in no order, of which `isWanted` says so; of a large folder no more is read than that takes.
    func firstName(where isWanted: (String) -> Bool) throws(SystemError) -> String? {
        let again = openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard again >= 0 else { throw SystemError.last }
        guard let stream = fdopendir(again) else {
            let problem = SystemError.last
            close(again)
            throw problem
        }
        defer { closedir(stream) }
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw SystemError.last }
                return nil
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                String(validatingCString: UnsafeRawPointer(field).assumingMemoryBound(to: CChar.self))
            }
            if let name, name != ".", name != "..", isWanted(name) { return name }
        }
    }
}
