internal import Markdown

/// Frames of other sites, as the address of the page they show.
enum Frames {
    private static let hosts: Set<String> = [
        "youtube.com", "youtube-nocookie.com", "youtu.be", "player.vimeo.com", "vimeo.com", "w.soundcloud.com",
        "soundcloud.com", "open.spotify.com", "dailymotion.com", "archive.org", "player.twitch.tv", "bandcamp.com",
        "embed.podcasts.apple.com", "datawrapper.dwcdn.net", "flo.uri.sh", "google.com", "documentcloud.org",
        "embed.documentcloud.org", "platform.twitter.com",
    ]

    /// The host without "www."; nil for an address without one.
    static func host(of address: String) -> String? {
        guard let start = address.firstRange(of: "://")?.upperBound else { return nil }
        let host = address[start...].prefix { !"/?#:".contains($0) }.lowercased()
        return host.hasPrefix("www.") ? String(host.dropFirst(4)) : host
    }

    static func isKnown(_ address: String) -> Bool {
        host(of: whole(address)).map(hosts.contains) ?? false
    }

    private static func whole(_ address: String) -> String {
        let trimmed = address.trimmed()
        return trimmed.hasPrefix("//") ? "https:" + trimmed : trimmed
    }

    /// The page a frame's address stands for, without spaces; nil when following it would do more than lead there.
    static func address(of frame: String) -> String? {
        let address = whole(frame).replacing(" ", with: "%20")
        guard !address.isEmpty, Markdown.isHarmless(address), !address.contains(where: \.isWhitespace),
            address.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
        else { return nil }
        guard let host = host(of: address), let start = address.firstRange(of: "://")?.upperBound else {
            return address
        }
        let path = address[start...].drop { $0 != "/" }.prefix { !"?#".contains($0) }.split(separator: "/")
        switch host {
        case "youtube.com", "youtube-nocookie.com":
            guard path.count == 2, path[0] == "embed", path[1] != "videoseries" else { return address }
            return "https://www.youtube.com/watch?v=\(path[1])"
        case "player.vimeo.com":
            guard path.count == 2, path[0] == "video" else { return address }
            return "https://vimeo.com/\(path[1])"
        case "open.spotify.com":
            guard path.first == "embed", path.count > 2 else { return address }
            return "https://open.spotify.com/" + path.dropFirst().joined(separator: "/")
        default: return address
        }
    }
}
