import { describe, expect, test } from 'vitest';
import { expected, mined, type Events } from './events.ts';

/** `count` lines with the values that `value` gives for 0, 1, … */
const times = (count: number, line: (n: number) => string): string[] =>
  Array.from({ length: count }, (_, n) => line(n));
const address = (n: number): string => `${10 + (n % 200)}.${(n * 7) % 256}.0.${1 + (n % 250)}`;
const names = 'admin oracle guest webmaster support postgres ftpuser nagios jenkins tomcat'.split(' ');

/** Lines as programs write them, and which of them one statement wrote. */
const systems: Readonly<Record<string, Events>> = {
  'an SSH server': {
    failed: times(30, (n) => `Failed password for root from ${address(n)} port ${30_000 + n} ssh2`),
    failedInvalid: times(
      20,
      (n) => `Failed password for invalid user ${names[n % 10]} from ${address(n)} port ${40_000 + n} ssh2`,
    ),
    invalid: times(20, (n) => `Invalid user ${names[n % 10]} from ${address(n)}`),
    userAuth: times(20, (n) => `input_userauth_request: invalid user ${names[n % 10]} [preauth]`),
    failure: times(
      9,
      (n) =>
        `pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=${n % 3 ? address(n) : 'host.example.org'} `,
    ),
    failureOfUser: times(
      9,
      (n) =>
        `pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=${address(n)}  user=root`,
    ),
    unknown: ['pam_unix(sshd:auth): check pass; user unknown'],
    bye: times(5, (n) => `Received disconnect from ${address(n)}: 11: Bye Bye [preauth]`),
    request: ['Received disconnect from 10.1.2.3: 11: Closed due to user request. [preauth]'],
    methods: ['Received disconnect from 10.1.2.3: 14: No more user authentication methods available. [preauth]'],
    reverse: [
      'reverse mapping checking getaddrinfo for ns.example.com [173.234.31.186] failed - POSSIBLE BREAK-IN ATTEMPT!',
      'reverse mapping checking getaddrinfo for host-12-3.example.net [10.0.0.12] failed - POSSIBLE BREAK-IN ATTEMPT!',
    ],
    retries: ['PAM service(sshd) ignoring max retries; 6 > 3', 'PAM service(sshd) ignoring max retries; 5 > 3'],
    closed: ['Connection closed by 10.9.8.7 [preauth]', 'Connection closed by 10.9.8.8 [preauth]'],
  },
  'a syslog of a Unix host': {
    opened: times(4, () => 'session opened for user news by (uid=0)'),
    closed: times(4, () => 'session closed for user news'),
    connection: [
      'connection from 82.252.162.81 (lns-82-252.adsl.example.net) at Fri Jun 17 20:55:06 2005',
      'connection from 207.30.238.8 (host8.topspot.example) at Sun Jul 17 14:03:05 2005',
      'connection from 207.30.238.9 (mail.example.com) at Mon Jul  4 09:00:00 2005',
    ],
    failure: [
      'authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=218.188.2.4 ',
      'authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=massive.example.org ',
    ],
    failureOfRoot: [
      'authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=61.53.154.93  user=root',
      'authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=n219076184117.example.com  user=root',
    ],
    alert: ['ALERT exited abnormally with [1]'],
    restart: ['syslogd 1.4.1: restart.'],
    memory: [
      'Memory: 125312k/129720k available (1540k kernel code, 3860k reserved, 599k data, 144k init, 0k highmem)',
      'Memory: 255640k/262080k available (1543k kernel code, 5908k reserved, 603k data, 156k init, 0k highmem)',
    ],
    interrupts: times(6, (n) => `ACPI: PCI Interrupt Link [LNK${'ABCDEF'[n]}] (IRQs 3 4 5 6 7 10 *11 12 14 15)`),
  },
  'a telephone': {
    acquire: [
      'acquire lock=233570404, flags=0x1, tag="View Lock", name=com.android.systemui, ws=null, uid=10037, pid=2227',
      'acquire lock=233570405, flags=0x0, tag="View Lock", name=com.android.systemui, ws=null, uid=10037, pid=2228',
    ],
    release: [
      'release lock=233570404, flg=0x0, tag="View Lock", name=com.android.systemui", ws=null, uid=10037, pid=2227',
    ],
    power: [
      'ready=true,policy=3,wakefulness=1,wksummary=0x23,uasummary=0x1,bootcompleted=true,boostinprogress=false,mode=false,manual=38,auto=-1,adj=0.0userId=0',
      'ready=true,policy=3,wakefulness=1,wksummary=0x1,uasummary=0x0,bootcompleted=true,boostinprogress=true,mode=false,manual=38,auto=-1,adj=0.0userId=0',
    ],
    bars: [
      'setSystemUiVisibility vis=0 mask=1 oldVal=40000500 newVal=40000500 diff=0 fullscreenStackVis=0 dockedStackVis=0, fullscreenStackBounds=Rect(0, 0 - 0, 0), dockedStackBounds=Rect(0, 0 - 0, 0)',
      'setSystemUiVisibility vis=40000500 mask=ffffffff oldVal=0 newVal=40000500 diff=40000500 fullscreenStackVis=0 dockedStackVis=0, fullscreenStackBounds=Rect(0, 0 - 1080, 1920), dockedStackBounds=Rect(0, 0 - 0, 0)',
    ],
    windows: times(
      8,
      (n) =>
        `Skipping AppWindowToken{df0798e token=Token{78af58${n} ActivityRecord{3b0489${n} u0 com.example.app/.${'ABCDEFGH'[n]}Activity t76${n}}}} -- going to hide`,
    ),
    tasks: ['getTasks: caller 10113 is using old GET_TASKS but privileged; allowing'],
    brightnessIn: ['HBM brightnessIn =38', 'HBM brightnessIn =40'],
    brightnessOut: ['HBM brightnessOut =38', 'HBM brightnessOut =40'],
  },
  'a step counter': {
    steps: times(4, (n) => `onStandStepChanged ${3579 + n}`),
    extend: times(4, (n) => `onExtend:151403853000${n} ${n} 0 4`),
    get: times(4, (n) => `getTodayTotalDetailSteps = 1514038440000##${6993 + n}##548365##8661##12266##27164404`),
    set: times(4, (n) => `setTodayTotalDetailSteps=1514038440000##${7007 + n}##548365##8661##12266##27164404`),
    calories: times(4, (n) => `calculateCaloriesWithCache totalCalories=${126_775 + n}`),
    altitude: times(4, (n) => `calculateAltitudeWithCache totalAltitude=${240 + n}`),
    report: times(4, (n) => `REPORT : ${7007 + n} 5002 150089 240`),
    flush: ['flush sensor data', 'flush sensor data'],
    screen: ['screen status unknown,think screen on'],
  },
  'a proxy client': {
    closed: [
      'proxy.cse.example.edu:5070 close, 0 bytes sent, 0 bytes received, lifetime <1 sec',
      'www.example.com:443 close, 1125 bytes (1.09 KB) sent, 22850 bytes (22.3 KB) received, lifetime 00:23',
      'get.example.com:80 close, 451 bytes sent, 1,353 bytes (1.32 KB) received, lifetime 01:00:23',
      'p3p.example.com:80 close, 1,682 bytes (1.64 KB) sent, 685 bytes received, lifetime <1 sec',
    ],
    opened: [
      'qq.example.com:80 open through proxy proxy.cse.example.edu:5070 HTTPS',
      'play.example.com:443 open through proxy proxy.cse.example.edu:5070 HTTPS',
      '183.62.156.108:22 open through proxy socks.example.edu:5070 HTTPS',
    ],
    refused: [
      'qq.example.com:80 error : Could not connect to proxy proxy.cse.example.edu:5070 - connection attempt failed with error 10061',
      'aa.example.com:80 error : Could not connect to proxy proxy.cse.example.edu:5070 - connection attempt failed with error 10060',
    ],
    status: [
      'qq.example.com:80 error : Could not connect through proxy proxy.cse.example.edu:5070 - Proxy server cannot establish a connection with the target, status code 403',
    ],
    canceled: [
      'qq.example.com:80 error : A connection request was canceled before the completion. ',
      'xx.example.com:80 error : A connection request was canceled before the completion. ',
    ],
  },
  'an installer': {
    loaded: [
      String.raw`Loaded Servicing Stack v6.1.7601.23505 with Core: C:\Windows\winsxs\amd64_microsoft-windows-servicingstack_31bf3856ad364e35_6.1.7601.23505_none_681aa442f6fed7f0\cbscore.dll`,
      String.raw`Loaded Servicing Stack v6.1.7601.17514 with Core: C:\Windows\winsxs\x86_stack\cbscore.dll`,
    ],
    packages: [
      'Read out cached package applicability for package: Package_for_KB2928120~31bf3856ad364e35~amd64~~6.1.1.2, ApplicableState: 112, CurrentState:112',
      'Read out cached package applicability for package: Package_for_KB3177723~31bf3856ad364e35~amd64~~6.1.1.1, ApplicableState: 80, CurrentState:80',
    ],
    unrecognized: ['Warning: Unrecognized packageExtended attribute.'],
    expecting: ['Expecting attribute name [HRESULT = 0x800f080d - CBS_E_MANIFEST_INVALID_ITEM]'],
    next: ['Failed to get next element [HRESULT = 0x800f080d - CBS_E_MANIFEST_INVALID_ITEM]'],
    starting: ['Starting TrustedInstaller initialization.'],
    ending: ['Ending TrustedInstaller initialization.'],
    wcp: [
      '00000001@2016/9/28:04:30:31.055 WcpInitialize (wcp.dll version 0.0.0.6) called (stack @0x7fed806eb5d @0x7fef9fb9b6d @0x7fef9f8358f)',
      '00000002@2016/9/29:02:04:40.123 WcpInitialize (wcp.dll version 0.0.0.6) called (stack @0x7fed806eb5e)',
    ],
    begin: ['Session: 30546173_4261722401 initialized by client WindowsUpdateAgent.'],
  },
};

describe('lines of one statement are one pattern, and no others', () => {
  for (const [system, events] of Object.entries(systems)) {
    test(`of ${system}`, () => {
      expect(mined(events)).toEqual(expected(events));
    });
  }
});
