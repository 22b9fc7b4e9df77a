{
  "variables": { "sanitized%": 0 },
  "targets": [
    {
      "target_name": "udp",
      "conditions": [
        [
          "OS=='linux'",
          {
            "sources": ["udp_addon.cc", "batch_socket.cc"],
            "defines": ["NAPI_VERSION=8"],
            "cflags": ["-Wall", "-Wextra", "-fvisibility=hidden", "-fstack-protector-strong"],
          },
          # recvmmsg and sendmmsg are Linux's: elsewhere nothing is built, and the programs use node:dgram.
          { "type": "none" },
        ],
        [
          "sanitized==1",
          {
            "cflags": ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer", "-O1"],
            "ldflags": ["-fsanitize=address,undefined"],
          },
        ],
      ],
    }
  ],
}
