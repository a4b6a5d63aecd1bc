type Words = readonly [string, ...string[]]

export const shops: Words = ['محل', 'شركة', 'مكتب', 'معرض', 'أسواق', 'مركز', 'مؤسسة', 'مخزن', 'دار', 'صالة']
export const shopNames: Words = [
  'النور',
  'الأمل',
  'البركة',
  'الفرات',
  'دجلة',
  'الرافدين',
  'بابل',
  'سومر',
  'الزهراء',
  'النخيل',
  'الياسمين',
  'الصفاء',
  'الوفاء',
  'الريان',
  'السلام',
  'المدينة',
  'الشروق',
  'الخليج',
  'الأصيل',
  'التقنية الحديثة',
  'عالم الموبايل',
  'أبو علي',
  'أبو أحمد',
  'الإخوة',
]
export const places: Words = [
  'بغداد',
  'الكرادة',
  'المنصور',
  'البصرة',
  'أربيل',
  'الموصل',
  'النجف',
  'كربلاء',
  'الحلة',
  'كركوك',
  'السليمانية',
  'الناصرية',
  'العمارة',
  'الرمادي',
]
export const cities: Words = ['Baghdad', 'Basra', 'Erbil', 'Mosul', 'Najaf', 'Karbala', 'Kirkuk']
export const latinNames: Words = [
  'Al-Noor',
  'Tigris',
  'Babylon',
  'Cedar',
  'Falcon',
  'Golden Palm',
  'Silver Line',
  'Orient',
  'Mesopotamia',
  'Green Zone',
  'Delta & Sons',
  '"Best" Mobile',
]
export const latinTrades: Words = [
  'Trading',
  'Electronics',
  'Mobile',
  'General Trading LLC',
  'Stores',
  'IT',
  'Computers',
]
export const makers: Words = [
  'Shenzhen Brightway',
  'Guangzhou Hengli',
  'Ningbo Sunrise',
  'Yiwu Prosper',
  'Istanbul Teknik',
  'Dubai Gate',
  'Jebel Ali Star',
  'Amman Bridge',
  'Beirut Line',
]
export const makerTrades: Words = [
  'Technology Co., Ltd',
  'Import & Export',
  'Elektronik',
  'FZE',
  'Lighting Factory',
  'Cables',
]
export const firstNames: Words = ['علي', 'أحمد', 'حسين', 'محمد', 'زينب', 'فاطمة', 'مصطفى', 'عمر', 'نور', 'سارة']
export const lastNames: Words = ['الجبوري', 'العبيدي', 'الدليمي', 'الموسوي', 'التميمي', 'الخفاجي', '']
export const latinFirstNames: Words = ['Li', 'Wei', 'Mehmet', 'Ahmed', 'Sara', 'Omar', 'Chen', 'Rana']
