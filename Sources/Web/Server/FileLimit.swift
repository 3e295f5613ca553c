import Glibc

/// How many files the process may have open, connections among them: getrlimit(2), `RLIMIT_NOFILE`.
enum FileLimit {
    /// Raises it as far as the machine lets it and `wanted` goes.
    ///
    /// - Returns: What it is now; nil where it cannot be told.
    static func raise(to wanted: Int) -> Int? {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return nil }
        let before = limit.rlim_cur
        limit.rlim_cur = max(before, min(limit.rlim_max, rlim_t(wanted)))
        if limit.rlim_cur > before, setrlimit(resource, &limit) != 0 { limit.rlim_cur = before }
        return Int(clamping: limit.rlim_cur)
    }
}
