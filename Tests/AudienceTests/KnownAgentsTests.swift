import Testing

@testable import Audience

/// Check 22: what operators say that their programs send, and what browsers send.
struct KnownAgentsTests {
    /// From the operators' own pages and the projects' documentation.
    private static let programs = """
        Googlebot/2.1 (+http://www.google.com/bot.html)
        Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)
        Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)
        Googlebot-Image/1.0
        Googlebot-News
        AdsBot-Google (+http://www.google.com/adsbot.html)
        Mediapartners-Google
        APIs-Google (+https://developers.google.com/webmasters/APIs-Google.html)
        FeedFetcher-Google; (+http://www.google.com/feedfetcher.html)
        Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)
        GoogleOther
        Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)
        Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/125.0.0.0 Safari/537.36
        msnbot/2.0b (+http://search.msn.com/msnbot.htm)
        Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)
        DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)
        Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)
        Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)
        Mozilla/5.0 (compatible; YandexImages/3.0; +http://yandex.com/bots)
        Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)
        Mozilla/5.0 (compatible; SeznamBot/4.0; +http://napoveda.seznam.cz/seznambot-intro/)
        Mozilla/5.0 (compatible; Yeti/1.1; +http://naver.me/spd)
        Mozilla/5.0 (compatible; Qwantify/1.0; +https://www.qwant.com/)
        Mozilla/5.0 (compatible; MojeekBot/0.11; +https://www.mojeek.com/bot.html)
        Mozilla/5.0 (compatible; coccocbot-web/1.0; +http://help.coccoc.com/searchengine)
        Mozilla/5.0 (compatible; PetalBot;+https://webmaster.petalsearch.com/site/petalbot)
        Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/archive.org_bot)
        ia_archiver (+http://www.alexa.com/site/help/webmasters; crawler@alexa.com)
        Mozilla/5.0 (compatible; heritrix/3.4.0 +http://archive.org)
        Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)
        Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)
        Mozilla/5.0 (compatible; MJ12bot/v1.4.8; http://mj12bot.com/)
        Mozilla/5.0 (compatible; DotBot/1.2; +https://opensiteexplorer.org/dotbot; help@moz.com)
        rogerbot/1.2 (https://moz.com/help/guides/moz-procedures/what-is-rogerbot)
        Mozilla/5.0 (compatible; BLEXBot/1.0; +http://webmeup-crawler.com/)
        Mozilla/5.0 (compatible; DataForSeoBot/1.0; +https://dataforseo.com/dataforseo-bot)
        serpstatbot/2.1 (advanced backlink tracking bot; https://serpstatbot.com/; abuse@serpstatbot.com)
        Mozilla/5.0 (compatible; SEOkicks; +https://www.seokicks.de/robot.html)
        Screaming Frog SEO Spider/19.0
        Mozilla/5.0 (compatible; Barkrowler/0.9; +https://babbar.tech/crawler)
        Mozilla/5.0 (compatible; MegaIndex.ru/2.0; +http://megaindex.com/crawler)
        Mozilla/5.0 (compatible; Linguee Bot; http://www.linguee.com/bot)
        Mozilla/5.0 (compatible; proximic; +https://www.comscore.com/Web-Crawler)
        Mozilla/5.0 (compatible; TurnitinBot/3.0; http://www.turnitin.com/robot/crawlerinfo.html)
        Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)
        Expanse, a Palo Alto Networks company, searches across the global IPv4 space
        Mozilla/5.0 zgrab/0.x
        masscan/1.3 (https://github.com/robertdavidgraham/masscan)
        Mozilla/5.00 (Nikto/2.1.6) (Evasions:None) (Test:Port Check)
        sqlmap/1.7.2#stable (https://sqlmap.org)
        WPScan v3.8.22 (https://wpscan.com/wordpress-security-scanner)
        Mozilla/5.0 (compatible; NetcraftSurveyAgent/1.0; +info@netcraft.com)
        W3C_Validator/1.3 http://validator.w3.org/services
        W3C-checklink/4.81 libwww-perl/6.36
        Mozilla/5.0 (compatible; CCBot/2.0; +https://commoncrawl.org/faq/)
        facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)
        Twitterbot/1.0
        LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)
        Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)
        Slack-ImgProxy (+https://api.slack.com/robots)
        Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)
        TelegramBot (like TwitterBot)
        WhatsApp/2.23.20.0 A
        SkypeUriPreview Preview/0.5
        Mozilla/5.0 (compatible; redditbot/1.0; +http://www.reddit.com/feedback)
        Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)
        Mozilla/5.0 (compatible; Embedly/0.2; +http://support.embed.ly/)
        Iframely/1.3.1 (+https://iframely.com/docs/about)
        Mastodon/4.2.1 (http.rb/5.1.1; +https://mastodon.example.org/)
        Bluesky Cardyb/1.1; +mailto:support@bsky.app
        Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)
        Mozilla/5.0 (compatible; Miniflux/2.0.50; +https://miniflux.app)
        Feedly/1.0 (+http://www.feedly.com/fetcher.html; 12 subscribers; like FeedFetcher-Google)
        Feedbin feed-id:1373711 - 142 subscribers
        NewsBlur Feed Fetcher - 5 subscribers - http://www.newsblur.com/site/1/x
        Tiny Tiny RSS/21.11 (https://tt-rss.org/)
        FreshRSS/1.21.0 (Linux; https://freshrss.org)
        Inoreader/1.0 (+http://www.inoreader.com/feed-fetcher; 3 subscribers; )
        Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)
        Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)
        StatusCake_Pagespeed_Indev
        Better Uptime Bot Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36
        Site24x7
        check_http/v2.3.3 (nagios-plugins 2.3.3)
        ELB-HealthChecker/2.0
        GoogleHC/1.0
        kube-probe/1.28
        Amazon-Route53-Health-Check-Service (ref 1; report http://amzn.to/1vsZADi)
        curl/8.5.0
        Wget/1.21.4
        Wget/1.14 (linux-gnu)
        python-requests/2.31.0
        Python-urllib/3.11
        Python/3.11 aiohttp/3.9.1
        python-httpx/0.26.0
        Scrapy/2.11.0 (+https://scrapy.org)
        Go-http-client/1.1
        Go-http-client/2.0
        Java/17.0.9
        Apache-HttpClient/4.5.14 (Java/17.0.9)
        okhttp/4.12.0
        axios/1.6.2
        node-fetch/1.0 (+https://github.com/bitinn/node-fetch)
        GuzzleHttp/7
        libwww-perl/6.72
        PostmanRuntime/7.36.0
        HTTPie/3.2.2
        Ruby
        Dart/3.2 (dart:io)
        Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/125.0.0.0 Safari/537.36
        Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1
        Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36 Chrome-Lighthouse
        WordPress/6.4.2; https://blog.example.org
        Mozilla/4.5 (compatible; HTTrack 3.0x; Windows 98)
        ApacheBench/2.3
        Mozilla/5.0 (compatible; Nutch-1.19; +http://nutch.apache.org)
        Mozilla/5.0 (compatible; adidxbot/2.0; +http://www.bing.com/bingbot.htm)
        Mozilla/5.0 (compatible; startmebot/1.0; +https://start.me/bot)
        """

    /// Crawlers of language models, and what fetches for their users.
    private static let modelFetchers = """
        Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)
        Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ChatGPT-User/1.0; +https://openai.com/bot
        Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; OAI-SearchBot/1.0; +https://openai.com/searchbot
        Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)
        Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Claude-User/1.0; +Claude-User@anthropic.com)
        Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Claude-SearchBot/1.0; +Claude-SearchBot@anthropic.com)
        Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)
        Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Perplexity-User/1.0; +https://perplexity.ai/perplexity-user)
        Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible; Bytespider; spider-feedback@bytedance.com)
        Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Amazonbot/0.1; +https://developer.amazon.com/support/amazonbot) Chrome/119.0.6045.214 Safari/537.36
        Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)
        meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)
        meta-externalfetcher/1.1
        cohere-ai
        Mozilla/5.0 (compatible; YouBot/1.0; +https://about.you.com/youbot/)
        DuckAssistBot/1.2; (+http://duckduckgo.com/duckassistbot.html)
        Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; MistralAI-User/1.0; +https://docs.mistral.ai/robots)
        Mozilla/5.0 (compatible; Diffbot/0.1; +http://www.diffbot.com)
        Mozilla/5.0 (compatible; AI2Bot/1.0; +https://www.allenai.org/crawler)
        CCBot/2.0 (https://commoncrawl.org/faq/)
        omgili/0.5 +http://omgili.com
        ImagesiftBot (+https://imagesift.com)
        Mozilla/5.0 (compatible; Timpibot/0.9; +http://www.timpi.io)
        """

    private static let browsers = """
        Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36
        Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36
        Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36
        Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36
        Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36
        Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36
        Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36
        Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36
        Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36
        Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36
        Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36
        Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36
        Mozilla/5.0 (Linux; Android 13; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36
        Mozilla/5.0 (Linux; Android 13; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36
        Mozilla/5.0 (Linux; Android 13; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36
        Mozilla/5.0 (Linux; Android 13; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36
        Mozilla/5.0 (Linux; Android 13; M2101K6G) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36
        Mozilla/5.0 (Linux; Android 13; CPH2451) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36
        Mozilla/5.0 (Linux; Android 13; moto g(60)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36
        Mozilla/5.0 (Linux; Android 13; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36
        Mozilla/5.0 (Linux; Android 13; Nokia G21) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36
        Mozilla/5.0 (Linux; Android 13; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36
        Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0
        Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:115.0) Gecko/20100101 Firefox/115.0
        Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0
        Mozilla/5.0 (Android 14; Mobile; rv:115.0) Gecko/115.0 Firefox/115.0
        Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0
        Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:128.0) Gecko/20100101 Firefox/128.0
        Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0
        Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0
        Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0
        Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:133.0) Gecko/20100101 Firefox/133.0
        Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0
        Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0
        Mozilla/5.0 (iPhone; CPU iPhone OS 15_8 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.6 Mobile/15E148 Safari/604.1
        Mozilla/5.0 (iPad; CPU OS 15_8 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.6 Mobile/15E148 Safari/604.1
        Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.6 Safari/605.1.15
        Mozilla/5.0 (iPhone; CPU iPhone OS 16_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1
        Mozilla/5.0 (iPad; CPU OS 16_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1
        Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Safari/605.1.15
        Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1
        Mozilla/5.0 (iPad; CPU OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1
        Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15
        Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1
        Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1
        Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15
        Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0
        Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 OPR/110.0.0.0
        Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-S901B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36
        Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1
        Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/127.0 Mobile/15E148 Safari/605.1.15
        Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/465.0.0.0;FBDV/iPhone14,5]
        Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 334.0.4.32.98 (iPhone14,5; iOS 17_5; en_US)
        Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/319.0 Mobile/15E148 Safari/604.1
        Mozilla/5.0 (Linux; Android 10; JNY-LX1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0 HuaweiBrowser/14.0 Mobile Safari/537.36
        Mozilla/5.0 (Linux; U; Android 12; en-us; Redmi Note 9) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/112.0 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.5
        Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 YaBrowser/24.6 Safari/537.36
        Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Vivaldi/6.8
        Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko
        Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)
        Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.16
        Opera/9.80 (J2ME/MIDP; Opera Mini/9.80 (S60; SymbOS; Opera Mobi/23.348; U; en) Presto/2.5.25 Version/10.54
        Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0 Safari/605.1.15 Epiphany/605.1.15
        Lynx/2.8.9rel.1 libwww-FM/2.14 SSL-MM/1.4.1
        Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/4.0 Chrome/76.0 TV Safari/537.36
        """

    @Test func atLeastNinetyNineOfAHundredKnownProgramsAreFlagged() throws {
        let bots = try bots()
        let agents = Self.programs.split(separator: "\n").map(String.init)
        #expect(agents.count >= 100 && Set(agents).count == agents.count)
        let missed = agents.filter { bots.kind(of: $0) == .human }
        #expect(missed.count * 100 <= agents.count, "\(missed)")
    }

    @Test func everyFetcherOfALanguageModelIsABot() throws {
        let bots = try bots()
        for agent in Self.modelFetchers.split(separator: "\n").map(String.init) {
            let kind = bots.kind(of: agent)
            #expect(kind == .declaredBot || kind == .preview, "\(agent): \(kind)")
        }
    }

    @Test func noOrdinaryBrowserIsFlagged() throws {
        let bots = try bots()
        let agents = Self.browsers.split(separator: "\n").map(String.init)
        #expect(agents.count >= 60 && Set(agents).count == agents.count)
        for agent in agents { #expect(bots.kind(of: agent) == .human, "\(agent): \(bots.verdict(of: agent))") }
    }
}
