import Model
import Testing

/// First and last addresses of ranges, and their neighbours.
@Suite("An address of the Internet")
struct PublicAddressTests {
    @Test(
        "of IPv4 is none of this machine, a private network, a metadata service, multicast or the reserved ones",
        arguments: [
            "0.0.0.0", "0.0.0.1", "0.255.255.255", "127.0.0.0", "127.0.0.1", "127.255.255.255",
            "10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255",
            "100.64.0.0", "100.100.100.200", "100.127.255.255", "169.254.0.0", "169.254.169.254", "169.254.255.255",
            "192.0.0.0", "192.0.0.192", "192.0.0.255", "192.0.2.0", "192.0.2.255", "198.51.100.0", "198.51.100.255",
            "203.0.113.0", "203.0.113.255", "192.88.99.0", "192.88.99.255", "198.18.0.0", "198.19.255.255",
            "168.63.129.16", "224.0.0.0", "224.0.0.251", "239.255.255.255", "240.0.0.0", "255.255.255.254",
            "255.255.255.255",
        ])
    func special(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(!address.isPublic)
        let bytes = address.bytes
        // The same address in the ways in which IPv6 can lead to it.
        let mapped = try #require(IPAddress("::ffff:\(text)"))
        let translated = try #require(IPAddress("64:ff9b::\(text)"))
        let sixToFour = try #require(IPAddress(bytes: [0x20, 0x02] + bytes + [UInt8](repeating: 1, count: 10)))
        let compatible = try #require(IPAddress("::\(text)"))
        for other in [mapped, translated, sixToFour, compatible] { #expect(!other.isPublic, "\(other)") }
    }

    @Test(
        "of IPv4 is any other",
        arguments: [
            "1.0.0.0", "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
            "126.255.255.255", "128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0",
            "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.88.98.255",
            "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255",
            "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
        ])
    func ordinary(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.isPublic)
        let mapped = try #require(IPAddress("::ffff:\(text)"))
        let translated = try #require(IPAddress("64:ff9b::\(text)"))
        let sixToFour = try #require(
            IPAddress(bytes: [0x20, 0x02] + address.bytes + [UInt8](repeating: 0, count: 10)))
        for other in [mapped, translated, sixToFour] { #expect(other.isPublic, "\(other)") }
        // The long gone IPv4-compatible addresses lead nowhere.
        let compatible = try #require(IPAddress("::\(text)"))
        #expect(!compatible.isPublic)
    }

    @Test(
        "of IPv6 is none outside of global unicast, and none of its special ranges",
        arguments: [
            "::", "::1", "::2", "::ffff", "::ffff:0:0", "::ffff:0:808:808", "64:ff9b::", "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe", "64:ff9b:1::", "64:ff9b:1::808:808", "64:ff9b:0:1::808:808", "100::", "100::1",
            "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001::", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "2001:2::1", "2001:10::1", "2001:20::1", "2001:1ff:ffff::",
            "2001:db8::", "2001:db8::1", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2002::", "2002:7f00:1::1",
            "2002:a00:1::1", "2002:a9fe:a9fe::", "2002:c0a8:101::1", "3fff::", "3fff:fff:ffff::", "4000::",
            "5f00::1", "fc00::", "fc00::1", "fd00:ec2::254", "fdff:ffff::1", "fe00::1", "fe80::", "fe80::1",
            "febf::1", "fec0::1", "feff::1", "ff00::", "ff02::1", "ff0e::1",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ])
    func specialIPv6(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(!address.isPublic)
    }

    @Test(
        "of IPv6 is any other of global unicast",
        arguments: [
            "2000::1", "2001:200::", "2001:4860:4860::8888", "2001:db7:ffff::1", "2001:db9::", "2003::1",
            "2606:4700:4700::1111", "2620:fe::fe", "2a00:1450:4001::1", "3ffe:ffff::1", "3fff:1000::",
            "2002:808:808::1", "64:ff9b::808:808",
        ])
    func ordinaryIPv6(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.isPublic)
    }
}
