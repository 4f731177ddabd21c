"""Names and article titles as people and catalogues write them, in many scripts."""

from typing import Final

NAMES: Final = {
    "Japanese, ideographic space": "山田\u3000太郎",
    "Japanese, standardized variant": "辻\U000e0100 \u9089\U000e0101",
    "Hong Kong, private use": "\ue5cf 大文",
    "French, no-break space": "Jean\u00a0Dupont",
    "Persian, non-joiner": "علی\u200cرضا می\u200cرود",
    "Arabic, letter mark": "محمد\u061c 7",
    "Hebrew, right-to-left mark": "דוד (ב)\u200f",
    "English in Hebrew, left-to-right mark": "Ada\u200e (3)",
    "Hindi, joiner": "रक्\u200dषा शर्मा",
    "Sinhala, joiner": "ශ්\u200dරී ලංකා",
    "Malayalam, joiner": "അവന്\u200d",
    "Thai": "สมชาย ใจดีน้ำ",
    "Korean": "김\u00a0철수",
    "Korean, by letters": "\u1100\u1175\u11b7",
    "Vietnamese, combining": "Nguye\u0302\u0303n Va\u0306n Hu\u031bng",
    "Vietnamese, composed": "Nguyễn Văn Hưng",
    "Icelandic": "Þórarinn Æ. Ðúason",
    "Irish": "Seán O’Súilleabháin",
    "Georgian": "გიორგი",
    "Amharic": "ሰላም ተስፋዬ",
    "Khmer": "សុខ\u200bសាន្ត",
    "Adlam": "𞤀𞤣𞤤𞤢𞤥",
    "German, soft hyphen": "Müller-Lüden\u00adscheidt",
    "family of emoji": "Ada 👨\u200d👩\u200d👧\u200d👦",
    "flag of Wales": "Rhys 🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",
    "an emoji newer than this Python": "Ada \U0001fae9",
}

TITLES: Final = {
    "no-break space": "Crème 50\u00a0ml",
    "narrow no-break space": "Vis 3,5\u202fmm",
    "en space": "Mug\u2002blue",
    "thin space": "10\u2009%",
    "soft hyphen": "Donau\u00addampf\u00adschiff",
    "zero width space": "Super\u200bcali",
    "word joiner": "3\u2060D",
    "quotes": "12″ “LP” — ‘mono’ ½ ™",
}
