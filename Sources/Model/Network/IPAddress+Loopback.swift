extension IPAddress {
    /// Whether it is this machine itself: 127.0.0.0/8, ::1.
    package var isLoopback: Bool {
        isIPv6 ? bytes.last == 1 && bytes.dropLast().allSatisfy { $0 == 0 } : bytes.first == 127
    }
}
