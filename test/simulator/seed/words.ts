type Words = readonly [string, ...string[]]

export const brands: Words = ['Norvik', 'Helio', 'Tarim', 'Oasis', 'Kestrel', 'Lumen', 'Bastion', 'Zephyr']
export const things: Words = [
  'USB-C Cable',
  'Wall Charger',
  'Power Bank',
  'Headphones',
  'Bluetooth Speaker',
  'Router',
  'Network Switch',
  'Memory Card',
  'Flash Drive',
  'LED Bulb',
  'Desk Lamp',
  'Car Holder',
  'Screen Protector',
  'Phone Case',
  'HDMI Adapter',
  'Wireless Mouse',
  'Keyboard',
  'Webcam',
  'Extension Cord',
  'Smart Plug',
]
export const traits: Words = ['Black', 'White', 'Blue', 'Pro', 'Mini', 'Fast', 'Slim', 'Max', '20W', '65W', '1m', '2m']
export const services: Words = [
  'Shipping',
  'Settlement',
  'Currency transfer',
  'Installation',
  'Repair',
  'Handling',
  'Rent',
]
export const arabicThings: Words = [
  'شاحن سريع',
  'سماعة لاسلكية',
  'كابل شحن',
  'مصباح',
  'راوتر',
  'حافظة هاتف',
  'بطارية متنقلة',
]
export const arabicTraits: Words = ['أسود', 'أبيض', 'أزرق', 'صغير', 'كبير', 'أصلي']
export const arabicDescriptions: Words = ['منتج أصلي مع ضمان سنة', 'قطعة واحدة في العلبة', 'لون أسود، صناعة ممتازة']
export const descriptions: Words = [
  'Original, one year warranty',
  'Box of 12 pieces',
  'Line one\nline two, "quoted" & <tagged>',
]
